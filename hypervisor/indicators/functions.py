"""The functions of formulas: what each takes and gives, and in words. `reckoning` does what is said here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypervisor.indicators.units import NONE, Unit

Sort = Literal["number", "hours", "days", "times"]
DECIBEL = Unit.of("dB")
HOUR, DAY = Unit.of("h"), Unit.of("d")


@dataclass(frozen=True, slots=True)
class Type:
    """What a part of a formula is."""

    sort: Sort
    unit: Unit = NONE
    counts: bool = False  # of hours or days: things counted, which add up
    truth: bool = False  # of hours or days: whether something was so

    def __str__(self) -> str:
        what = "yes or no" if self.truth else "counts" if self.counts else "levels"
        return {"number": "a number", "times": "durations"}.get(self.sort, f"{what} by {self.sort}")


class Literally(NamedTuple):
    """A number that must be written down."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Function:
    """One function."""

    takes: tuple[Sort, ...]  # what its first argument may be
    gives: Callable[[Type], Type]
    fr: str
    en: str
    numbers: tuple[Literally, ...] = ()
    needs: Literal["", "counts", "levels", "truth", "share"] = ""
    of_decibels: bool | None = None  # True: only of them, False: never of them


def _same(of: Type) -> Type:
    return of


def _number(of: Type) -> Type:
    return Type("number", of.unit / HOUR if of.counts and of.sort == "hours" else of.unit)


def _unit(of: Type) -> Type:
    return Type("number", of.unit)


def _fixed(unit: Unit) -> Callable[[Type], Type]:
    return lambda of: Type("number", unit)


def _days(of: Type) -> Type:
    return Type("days", of.unit)


def _from_to() -> tuple[Literally, Literally]:
    return Literally("from", 0, 24), Literally("to", 0, 24)


BOTH: tuple[Sort, ...] = ("hours", "days")
HOURS: tuple[Sort, ...] = ("hours",)
TIMES: tuple[Sort, ...] = ("times",)
PART = (Literally("part", 0, 1),)

FUNCTIONS: Mapping[str, Function] = {
    "between": Function(
        HOURS, _same, "seulement de telle à telle heure locale", "only from one local hour to another", _from_to()
    ),
    "weekdays": Function(
        BOTH,
        _same,
        "seulement du lundi au vendredi, sans jours fériés",
        "Monday to Friday only, without public holidays",
    ),
    "weekends": Function(
        BOTH,
        _same,
        "seulement samedi et dimanche, sans jours fériés",
        "Saturday and Sunday only, without public holidays",
    ),
    "running_mean": Function(
        HOURS,
        _same,
        "moyenne des n dernières heures",
        "mean of the last n hours",
        (Literally("hours", 2, 24),),
        "levels",
        of_decibels=False,
    ),
    "daily_sum": Function(
        HOURS,
        lambda of: Type("days", of.unit / DAY),
        "total de chaque jour local observé à 90 %, rapporté au jour entier",
        "total of each local day of which 90 % were watched, scaled to the whole day",
        needs="counts",
    ),
    "daily_mean": Function(
        HOURS,
        _days,
        "moyenne de chaque jour local observé à 75 %",
        "mean of each local day of which 75 % were watched",
        needs="levels",
        of_decibels=False,
    ),
    "daily_min": Function(
        HOURS,
        _days,
        "plus basse heure de chaque jour local observé à 75 %",
        "lowest hour of each local day of which 75 % were watched",
        needs="levels",
    ),
    "daily_max": Function(
        HOURS,
        lambda of: Type("days", of.unit / HOUR if of.counts else of.unit),
        "plus haute heure de chaque jour local observé à 75 %",
        "highest hour of each local day of which 75 % were watched",
    ),
    "mean": Function(BOTH, _number, "moyenne du temps observé", "mean over the time watched", of_decibels=False),
    "quantile": Function(
        BOTH,
        _number,
        "valeur sous laquelle reste telle part du temps",
        "value that a part of the time stays below",
        PART,
    ),
    "maximum": Function(BOTH, _number, "plus haute valeur", "highest value"),
    "minimum": Function(BOTH, _number, "plus basse valeur", "lowest value"),
    "sum": Function(HOURS, _unit, "total de ce qui a été observé", "total of what was watched", needs="counts"),
    "per_day": Function(
        HOURS,
        lambda of: Type("number", of.unit / DAY),
        "moyenne des totaux des jours locaux observés à 90 %",
        "mean of the totals of local days of which 90 % were watched",
        needs="counts",
    ),
    "variation": Function(
        ("days",),
        _fixed(NONE),
        "écart type des jours divisé par leur moyenne",
        "standard deviation of days over their mean",
    ),
    "peak": Function(
        HOURS, _number, "moyenne de l'heure locale la plus haute", "mean of the highest local hour", of_decibels=False
    ),
    "peak_hour": Function(
        HOURS,
        _fixed(HOUR),
        "début de l'heure locale la plus haute",
        "begin of the highest local hour",
        of_decibels=False,
    ),
    "peak_share": Function(
        HOURS,
        _fixed(NONE),
        "part de l'heure locale la plus haute dans un jour moyen",
        "part of the highest local hour in a mean day",
        needs="counts",
    ),
    "share": Function(
        BOTH,
        _fixed(NONE),
        "part du temps observé où c'est vrai",
        "part of the time watched in which it is so",
        needs="truth",
    ),
    "hours": Function(
        HOURS,
        _fixed(HOUR),
        "nombre d'heures observées où c'est vrai",
        "number of hours watched in which it is so",
        needs="truth",
    ),
    "days": Function(
        ("days",), _fixed(DAY), "nombre de jours où c'est vrai", "number of days on which it is so", needs="truth"
    ),
    "energy_mean": Function(HOURS, _unit, "niveau de l'énergie moyenne", "level of the mean energy", of_decibels=True),
    "lden": Function(
        HOURS,
        _unit,
        "niveau jour-soir-nuit : 12 h de jour à partir de telle heure, 4 h de soir (+5 dB), 8 h de nuit (+10 dB)",
        "day-evening-night level: 12 h of day from a given hour, 4 h of evening (+5 dB), 8 h of night (+10 dB)",
        (Literally("from", 5, 8),),
        of_decibels=True,
    ),
    "coverage": Function(HOURS, _fixed(NONE), "part du temps qui a été observée", "part of the time that was watched"),
    "gaps": Function(
        HOURS,
        _fixed(Unit.of("gap")),
        "nombre d'interruptions d'une heure ou plus",
        "number of interruptions of an hour or more",
    ),
    "longest_gap": Function(HOURS, _fixed(HOUR), "plus longue interruption", "longest interruption"),
    "median_time": Function(TIMES, _number, "durée médiane (Kaplan et Meier)", "median duration (Kaplan and Meier)"),
    "p90_time": Function(
        TIMES,
        _number,
        "durée que 90 % ne dépassent pas (Kaplan et Meier)",
        "duration that 90 % do not exceed (Kaplan and Meier)",
    ),
    "within": Function(
        TIMES,
        _fixed(NONE),
        "part finie en tant d'heures (Kaplan et Meier)",
        "part that ended within so many hours (Kaplan and Meier)",
        (Literally("hours", 0.1, 8784),),
    ),
    "unfinished": Function(
        TIMES,
        _fixed(NONE),
        "part qui n'était pas finie à la fin de la période",
        "part that had not ended by the end of the period",
    ),
    "percent": Function(("number",), _fixed(Unit.of("%")), "part, en pour cent", "share, in per cent", needs="share"),
}
"""Name → function."""


def least_part(function: str) -> float:
    """Return how much of a day must have been watched for a function that makes days."""
    return 0.9 if function in ("daily_sum", "per_day") else 0.75
