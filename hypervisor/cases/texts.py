"""What a timeline says to people, in French and in English."""

from hypervisor.cases.model import EntryKind
from hypervisor.strict import Bilingual

DEEDS: dict[EntryKind, tuple[str, str]] = {
    "opened": ("dossier ouvert", "case opened"),
    "alert_joined": ("nouvelle alerte", "another alert"),
    "alert_closed": ("alerte terminée", "alert over"),
    "deposit_cleared": ("dépôt enlevé, constaté par la caméra", "deposit gone, as the camera saw"),
    "acknowledged": ("pris en compte", "acknowledged"),
    "assigned": ("attribué à {to}", "assigned to {to}"),
    "commented": ("commentaire", "comment"),
    "shared": ("partagé avec {to}", "shared with {to}"),
    "unshared": ("n’est plus partagé avec {to}", "no longer shared with {to}"),
    "handed_over": ("transmis à {to}", "handed over to {to}"),
    "resolved": ("résolu", "resolved"),
    "reopened": ("rouvert", "reopened"),
}


def said(what: EntryKind, to: str | None, detail: Bilingual | None) -> Bilingual:
    """Return the words of one line of a timeline."""
    fr, en = (text.format(to=to or "–") for text in DEEDS[what])
    if detail is None:
        return Bilingual(fr=fr, en=en)
    return Bilingual(fr=f"{fr} : {detail.fr}", en=f"{en}: {detail.en}")


TOPICS: dict[str, tuple[str, str]] = {
    "flow": ("flux", "flow"),
    "sensor": ("capteur", "sensor"),
    "cleanliness": ("propreté", "cleanliness"),
    "health": ("état des caméras", "camera health"),
}
"""Topics that rules have without saying so; others are shown as they are written."""


def title_of(topic: str, name: str) -> Bilingual:
    """Return what a case is called: its ground, then its topic."""
    fr, en = TOPICS.get(topic, (topic, topic))
    return Bilingual(fr=f"{name} : {fr}", en=f"{name}: {en}")
