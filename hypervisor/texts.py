"""The page's words, in French and English; a test compares the two."""

LANGUAGES = {"fr": "Français", "en": "English"}

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Parvis: counts, live",
        "skip": "Skip to the cameras",
        "language": "Language",
        "reference": "API reference",
        "noscript": "This page needs JavaScript. The same figures are at /v1/series.",
        "loading": "Loading…",
        "none": "No camera is configured yet. Start one with: parvis run CONFIG",
        "live": "live",
        "connecting": "connecting…",
        "offline": "no connection to the service: figures may be old",
        "away": "the store of figures does not answer: figures may be old",
        "cameras": "Cameras",
        "summary_one": "1 camera, {running} running",
        "summary": "{n} cameras, {running} running",
        "trouble_one": "1 camera does not count",
        "trouble": "{n} cameras do not count",
        "starting": "starting",
        "running": "running",
        "reconnecting": "reconnecting",
        "stalled": "stalled",
        "ended": "ended",
        "failed": "failed",
        "no_counting": "Nothing is being counted since {time}.",
        "over": "The recording is over; its figures stay.",
        "statistics": "statistics: totals every {minutes} minutes, no live figures",
        "operations": "operations",
        "fps": "{fps} frames/s",
        "fallback": "Not on {wanted}: {reason}",
        "lost": "{n} facts lost",
        "dropped": "{n} frames skipped",
        "forward": "forward",
        "backward": "backward",
        "line": "Line {id}",
        "zone": "Zone {id}",
        "watched": "{from} to {to} · watched {part} of the time",
        "not_observed": "not observed",
        "partial": "partly observed",
        "suppressed": "withheld until complete",
        "mean": "present on average",
        "max": "at most at once",
        "no_figures": "no figures yet",
        "table": "Figures as a table",
        "time": "Time",
        "state": "Observation",
        "observed": "observed",
        "chart": "{what}: {a} {a_name}, {b} {b_name}, {from} to {to}",
        "nothing_measured": "No line or zone is drawn for this camera.",
        "class_person": "people",
        "class_bicycle": "bicycles",
        "class_car": "cars",
        "class_motorcycle": "motorcycles",
        "class_bus": "buses",
        "class_truck": "trucks",
    },
    "fr": {
        "title": "Parvis : comptages en direct",
        "skip": "Aller aux caméras",
        "language": "Langue",
        "reference": "Référence de l’API",
        "noscript": "Cette page a besoin de JavaScript. Les mêmes chiffres sont sous /v1/series.",
        "loading": "Chargement…",
        "none": "Aucune caméra n’est encore configurée. Pour en lancer une : parvis run CONFIG",
        "live": "en direct",
        "connecting": "connexion…",
        "offline": "pas de connexion au service : les chiffres peuvent être anciens",
        "away": "la base des chiffres ne répond pas : les chiffres peuvent être anciens",
        "cameras": "Caméras",
        "summary_one": "1 caméra, {running} en marche",
        "summary": "{n} caméras, {running} en marche",
        "trouble_one": "1 caméra ne compte pas",
        "trouble": "{n} caméras ne comptent pas",
        "starting": "démarrage",
        "running": "en marche",
        "reconnecting": "reconnexion",
        "stalled": "bloquée",
        "ended": "terminée",
        "failed": "en panne",
        "no_counting": "Plus rien n’est compté depuis {time}.",
        "over": "L’enregistrement est terminé ; ses chiffres restent.",
        "statistics": "statistiques : totaux toutes les {minutes} minutes, rien en direct",
        "operations": "opérationnel",
        "fps": "{fps} images/s",
        "fallback": "Pas sur {wanted} : {reason}",
        "lost": "{n} faits perdus",
        "dropped": "{n} images sautées",
        "forward": "aller",
        "backward": "retour",
        "line": "Ligne {id}",
        "zone": "Zone {id}",
        "watched": "de {from} à {to} · observé {part} du temps",
        "not_observed": "non observé",
        "partial": "observé en partie",
        "suppressed": "retenu jusqu’à la fin",
        "mean": "présents en moyenne",
        "max": "au plus à la fois",
        "no_figures": "pas encore de chiffres",
        "table": "Les chiffres en tableau",
        "time": "Heure",
        "state": "Observation",
        "observed": "observé",
        "chart": "{what} : {a} {a_name}, {b} {b_name}, de {from} à {to}",
        "nothing_measured": "Aucune ligne ni zone n’est tracée pour cette caméra.",
        "class_person": "personnes",
        "class_bicycle": "vélos",
        "class_car": "voitures",
        "class_motorcycle": "deux-roues motorisés",
        "class_bus": "bus",
        "class_truck": "camions",
    },
}


def language(asked: str | None, accepted: str) -> str:
    """Return the language to write in: the one asked for, else the first known one of an Accept-Language header."""
    if asked in TEXTS:
        return asked
    ranked = []
    for order, part in enumerate(accepted.lower().split(",")):
        name, _, weight = part.strip().partition(";q=")
        ranked.append((-_weight(weight), order, name.split("-")[0]))
    return next((name for weight, _, name in sorted(ranked) if weight < 0 and name in TEXTS), "en")


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
