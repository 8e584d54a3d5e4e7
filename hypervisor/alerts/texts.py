"""What an alert says to people, in French and in English."""

from hypervisor.alerts.model import Figures, Subject
from hypervisor.strict import Bilingual

MEASURES: dict[str, tuple[str, str]] = {
    "crossings": ("passages", "crossings"),
    "flow_rate": ("débit", "flow rate"),
    "occupancy": ("présence moyenne", "mean occupancy"),
    "occupancy_max": ("présence maximale", "highest occupancy"),
    "dwell": ("durée de présence", "dwell time"),
    "entries": ("entrées", "entries"),
    "exits": ("sorties", "exits"),
    "speed": ("vitesse", "speed"),
    "zone_speed": ("vitesse dans la zone", "speed in the zone"),
    "headway": ("intervalle entre passages", "headway"),
    "bay_occupied": ("occupation de l’emplacement", "bay occupancy"),
    "bay_turnover": ("rotation de l’emplacement", "bay turnover"),
    "od": ("trajets", "trips"),
    "turns": ("mouvements tournants", "turning movements"),
    "queue": ("file d’attente", "queue"),
    "wait": ("temps d’attente", "waiting time"),
    "crowded": ("part du temps en foule", "share of time crowded"),
    "wrong_way": ("passages à contresens", "wrong-way crossings"),
    "stopped": ("arrêts", "stops"),
    "stopped_now": ("à l’arrêt", "stopped"),
    "deposits": ("dépôts présents", "deposits lying there"),
    "deposits_opened": ("dépôts apparus", "new deposits"),
    "deposits_cleared": ("dépôts enlevés", "deposits cleared"),
    "deposits_watched": ("part du temps surveillée", "share of time watched"),
    "dirty": ("surface couverte", "area covered"),
    "smallest": ("plus petit objet visible", "smallest visible thing"),
    "density": ("densité", "density"),
}
"""Measure → its name in French and English; percentiles and maxima are named by their base."""

TROUBLES: dict[str, tuple[str, str]] = {
    "down": ("caméra en panne", "camera down"),
    "stalled": ("flux vidéo bloqué", "video stream stalled"),
    "reconnecting": ("flux vidéo coupé", "video stream lost"),
    "paused": ("caméra en pause", "camera paused"),
    "moved": ("la caméra a bougé", "the camera was moved"),
    "blurred": ("image floue", "picture out of focus"),
    "masked": ("image masquée", "picture covered"),
    "blinded": ("caméra aveuglée", "camera blinded"),
    "frozen": ("image figée", "picture frozen"),
    "degraded": ("fonctionne sur un autre matériel que prévu", "runs on other hardware than configured"),
    "shed": ("la machine ne suit pas, cadence réduite", "the machine cannot keep up, it looks less often"),
    "coverage": ("trop peu observé pour en juger", "too little was watched to judge"),
    "broken": ("règle inapplicable", "rule cannot be applied"),
}

DEPOSITS: dict[str, tuple[str, str]] = {
    "bulky": ("encombrant", "bulky waste"),
    "bags": ("sac(s) de déchets", "waste bag(s)"),
    "litter": ("détritus", "litter"),
    "bin_overflow": ("corbeille débordante", "overflowing bin"),
    "unclassified": ("dépôt", "deposit"),
}
UNITS: dict[str, tuple[str, str]] = {
    "object": ("objets", "objects"),
    "crossing": ("passages", "crossings"),
    "crossing/h": ("passages/h", "crossings/h"),
    "deposit": ("dépôts", "deposits"),
    "share of time": ("(part du temps)", "(share of time)"),
    "% of the zone": ("% de la zone", "% of the zone"),
}
"""Units that are words; others are signs in both languages."""


def text_of(subject: Subject, figures: Figures, name: str, detail: str | Bilingual = "") -> Bilingual:
    """Return what an alert says; `name` is that of its ground for people, `detail` a deposit's type or a reason."""
    both = detail if isinstance(detail, Bilingual) else Bilingual(fr=detail, en=detail)
    if subject.kind == "health":
        fr, en = TROUBLES[subject.trouble or "broken"]
        return Bilingual(
            fr=f"{name} : {fr}{_coverage(figures, 'fr')}{_in_brackets(both.fr)}",
            en=f"{name}: {en}{_coverage(figures, 'en')}{_in_brackets(both.en)}",
        )
    if subject.kind == "deposit":
        fr, en = DEPOSITS.get(both.en, DEPOSITS["unclassified"])
        return Bilingual(fr=f"{name} : {fr}", en=f"{name}: {en}")
    fr, en = measure_names(subject)
    return Bilingual(
        fr=f"{name} : {fr} {_figure(subject, figures, 'fr')}", en=f"{name}: {en} {_figure(subject, figures, 'en')}"
    )


def measure_names(subject: Subject) -> tuple[str, str]:
    """Return how a measure is called."""
    measure = subject.measure or ""
    if subject.kind == "sensor":
        return measure, measure
    base = measure
    for ending in ("_p50", "_p85", "_p90", "_max"):
        base = base.removesuffix(ending) if base not in MEASURES else base
    fr, en = MEASURES.get(base, (measure, measure))
    return fr, en


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _coverage(figures: Figures, language: str) -> str:
    if figures.coverage is None:
        return ""
    share = f"{100 * figures.coverage:.0f} %"
    return f", {share} du temps observé" if language == "fr" else f", {share} of the time watched"


def _figure(subject: Subject, figures: Figures, language: str) -> str:
    words = UNITS.get(subject.unit or "", (subject.unit or "", subject.unit or ""))
    unit = f" {words[0] if language == 'fr' else words[1]}".rstrip()
    said = f"{_number(figures.value, language)}{unit}"
    if figures.usual is not None:
        usually, limit = ("habituellement", "seuil") if language == "fr" else ("usually", "threshold")
        usual, threshold = _number(figures.usual, language), _number(figures.threshold, language)
        return f"{said} ({usually} {usual}, {limit} {threshold})"
    word = "seuil" if language == "fr" else "threshold"
    return f"{said} ({word} {_number(figures.threshold, language)})"


def _number(value: float | None, language: str) -> str:
    if value is None:
        return "–"
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if language == "fr" else text
