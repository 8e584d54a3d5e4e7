"""What the overview says."""

from hypervisor.pages.words import Words

WORDS: Words = {
    "title": ("Parvis : toutes les caméras", "Parvis: all cameras"),
    "overview": ("Vue d’ensemble", "Overview"),
    "none": ("Aucune caméra n’est encore configurée.", "No camera is configured yet."),
    "add_camera": ("Ajouter une caméra", "Add a camera"),
    "as_wall": ("Mur d’écrans", "Wall screen"),
    "no_wall": ("Quitter le mur d’écrans", "Leave the wall screen"),
    "map": ("Carte", "Map"),
    "zoom_in": ("Agrandir", "Zoom in"),
    "zoom_out": ("Réduire", "Zoom out"),
    "cameras": ("Caméras", "Cameras"),
    "summary_one": ("1 caméra, {running} en marche", "1 camera, {running} running"),
    "summary": ("{n} caméras, {running} en marche", "{n} cameras, {running} running"),
    "trouble_one": ("1 caméra ne compte pas", "1 camera does not count"),
    "trouble": ("{n} caméras ne comptent pas", "{n} cameras do not count"),
    "today": ("Passages aujourd’hui", "Crossings today"),
    "totals_about": (
        "Toutes lignes confondues. Caméras qui ont compté aujourd’hui : {n} sur {of}.",
        "All lines together. Cameras that have counted today: {n} of {of}.",
    ),
    "alerts": ("Alertes", "Alerts"),
    "alerts_none": ("Aucune alerte en cours", "No open alert"),
    "alerts_one": ("1 alerte en cours", "1 open alert"),
    "alerts_open": ("{n} alertes en cours", "{n} open alerts"),
    "all_alerts": ("Les {n} alertes", "All {n} alerts"),
    "since": ("depuis {time}", "since {time}"),
    "more_lines": ("et {n} autres lignes", "and {n} more lines"),
    "of_day": ("du {day}", "of {day}"),
    "shed": ("ralentie", "slowed"),
    "fallback_short": ("repli", "fallback"),
    "lost_short": ("faits perdus", "facts lost"),
    "last_frame": ("image il y a {ago}", "picture {ago} ago"),
    "spark": ("De {from} à {to} : {told}", "{from} to {to}: {told}"),
    "spark_gaps": (
        "De {from} à {to} : {told} ; en partie non observé",
        "{from} to {to}: {told}; not observed all the time",
    ),
    "crossings": ("{n} passages", "{n} crossings"),
}
