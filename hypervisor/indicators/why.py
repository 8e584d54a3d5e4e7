"""Why there is no value: reasons that people read."""

from collections.abc import Mapping

from hypervisor.strict import Bilingual

REASONS: Mapping[str, tuple[str, str]] = {
    "not-measured": ("« {what} » n'est mesuré nulle part ici", "“{what}” is not measured anywhere here"),
    "nothing": ("rien n'a été observé dans cette période", "nothing was watched in this period"),
    "low-coverage": (
        "{share} du temps a été observé ; il en faut {least} au moins",
        "{share} of the time was watched; {least} at least are needed",
    ),
    "zero-divisor": ("il faudrait diviser par zéro : rien n'est passé", "it would divide by zero: nothing happened"),
    "no-day": ("aucun jour entier n'a été assez observé", "no whole day was watched well enough"),
    "no-peak": ("toutes les heures se valent", "all hours are the same"),
    "no-whole-profile": (
        "certaines heures de la journée n'ont jamais été observées",
        "some hours of the day were never watched",
    ),
    "no-times": ("aucun cas n'a commencé dans cette période", "none began in this period"),
    "too-many-open": (
        "trop de cas n'étaient pas finis à la fin de la période",
        "too many had not ended by the end of the period",
    ),
    "not-followed": ("aucun cas n'a été suivi aussi longtemps", "none was followed for so long"),
    "no-parameter": (
        "la ville n'a pas écrit le nombre « {what} » (parameters.yaml)",
        "the city has not written down the number “{what}” (parameters.yaml)",
    ),
    "not-allowed": ("réservé à qui peut lire {what}", "only for those who may read {what}"),
    "too-much": ("il y a trop de {what} pour cette période", "there is too much to read of {what} in this period"),
    "no-facts": ("{what} n'est pas connu ici", "{what} is not known here"),
}


class NotComputable(Exception):
    """There is no value; it says why, in both languages."""

    def __init__(self, reason: str, why: Bilingual) -> None:
        super().__init__(why.en)
        self.reason, self.why = reason, why


def because(reason: str, **names: str) -> NotComputable:
    """Return the reason that goes by a name, with what it is about filled in."""
    fr, en = REASONS[reason]
    return NotComputable(reason, Bilingual(fr=fr.format(**names), en=en.format(**names)))
