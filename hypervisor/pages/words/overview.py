"""What the overview says."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "title": ("Parvis : comptages en direct", "Parvis: counts, live"),
    "none": (
        "Aucune caméra n’est encore configurée. Pour en lancer une : parvis run CONFIG",
        "No camera is configured yet. Start one with: parvis run CONFIG",
    ),
    "cameras": ("Caméras", "Cameras"),
    "summary_one": ("1 caméra, {running} en marche", "1 camera, {running} running"),
    "summary": ("{n} caméras, {running} en marche", "{n} cameras, {running} running"),
    "trouble_one": ("1 caméra ne compte pas", "1 camera does not count"),
    "trouble": ("{n} caméras ne comptent pas", "{n} cameras do not count"),
    "line": ("Ligne {id}", "Line {id}"),
    "zone": ("Zone {id}", "Zone {id}"),
    "watched": ("de {from} à {to} · observé {part} du temps", "{from} to {to} · watched {part} of the time"),
    "mean": ("présents en moyenne", "present on average"),
    "max": ("au plus à la fois", "at most at once"),
    "no_figures": ("pas encore de chiffres", "no figures yet"),
    "chart": (
        "{what} : {a} {a_name}, {b} {b_name}, de {from} à {to}",
        "{what}: {a} {a_name}, {b} {b_name}, {from} to {to}",
    ),
    "nothing_measured": (
        "Aucune ligne ni zone n’est tracée pour cette caméra.",
        "No line or zone is drawn for this camera.",
    ),
}
