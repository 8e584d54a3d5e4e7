"""What a cross-analysis says, in French and English. It says what goes with what, never what leads to what."""

from hypervisor.strict import Bilingual

UNIT = {"15m": ("min", "min"), "1h": ("h", "h"), "1d": ("j", "d")}
_WHY = (
    "Cela ne dit pas pourquoi : les deux peuvent suivre une troisième chose.",
    "It does not say why: both may follow a third thing.",
)


def both(french: str, english: str) -> Bilingual:
    """Return a sentence in both languages."""
    return Bilingual(fr=french, en=english)


def found(step: str, lag: int, values: tuple[float, float, float], n: int, effective: float) -> Bilingual:
    """Return that two series go together; `values` are the correlation and its interval."""
    value, low, high = values
    more = ("plus haute aussi", "higher too") if value > 0 else ("plus basse", "lower")
    when, said = _when(step, lag), _from(n, effective)
    return both(
        f"Quand la première série est plus haute que d’ordinaire, la seconde est {more[0]}{when[0]} "
        f"(corrélation {_signed(value)}, entre {_signed(low)} et {_signed(high)}). {said[0]} {_WHY[0]}",
        f"When the first series is higher than usual, the second is {more[1]}{when[1]} "
        f"(correlation {value:+.2f}, between {low:+.2f} and {high:+.2f}). {said[1]} {_WHY[1]}",
    )


def nothing(most: float, n: int, effective: float) -> Bilingual:
    """Return that no link was found, and how strong one could still be."""
    said = _from(n, effective)
    return both(
        f"Aucun lien n’est établi, à aucun décalage ; s’il y en a un, il ne dépasse pas {_signed(most)[1:]}. {said[0]}",
        f"No link is established at any lag; if there is one, it does not exceed {most:.2f}. {said[1]}",
    )


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace(".", ",")


def _from(n: int, effective: float) -> tuple[str, str]:
    return (
        f"Vu sur {n} pas de temps, qui valent {effective:.0f} pas indépendants.",
        f"Seen over {n} steps, worth {effective:.0f} independent ones.",
    )


def _when(step: str, lag: int) -> tuple[str, str]:
    if lag == 0:
        return ", au même moment", ", at the same time"
    unit = UNIT[step]
    side = ("plus tard", "later") if lag > 0 else ("plus tôt", "earlier")
    amount = abs(lag) * (15 if step == "15m" else 1)
    return f", {amount} {unit[0]} {side[0]}", f", {amount} {unit[1]} {side[1]}"


NEVER = both("la série n’a jamais été observée", "the series was never observed")
CONSTANT = both("la série ne varie pas", "the series does not vary")
ONLY_RHYTHM = both(
    "la série ne varie plus une fois le rythme hebdomadaire et la météo retirés",
    "the series does not vary once the rhythm of the week and the weather are removed",
)
TOO_FEW_DAYS = both(
    "trop peu de jours observés pour chercher un changement de niveau", "too few days observed to look for a change"
)


def none(reason: Bilingual) -> Bilingual:
    """Return that nothing is concluded, and why."""
    return both(f"Pas de conclusion : {reason.fr}.", f"No conclusion: {reason.en}.")


def of(which: int, reason: Bilingual) -> Bilingual:
    """Return a reason that lies with one of the two series."""
    return both(
        f"{reason.fr} ({'première' if which == 0 else 'seconde'} série)",
        f"{reason.en} ({'first' if which == 0 else 'second'} series)",
    )


def no_overlap() -> Bilingual:
    """Return that two series were never observed at once."""
    return both(
        "les deux séries n’ont jamais été observées en même temps",
        "the two series were never observed at the same time",
    )


def thin(n: int, effective: float, least: float) -> Bilingual:
    """Return that two series were observed together too rarely."""
    return both(
        f"{n} pas de temps observés ensemble valent {effective:.0f} pas indépendants ; il en faut {least:.0f}",
        f"{n} steps observed together are worth {effective:.0f} independent ones; expected {least:.0f} at least",
    )


def few_weeks(weeks: int) -> Bilingual:
    """Return that the usual week cannot be told."""
    return both(
        f"moins de {weeks} semaines observées : le rythme habituel ne peut pas être retiré",
        f"fewer than {weeks} weeks observed: what is usual cannot be removed",
    )


EXTREMES = both(
    "la corrélation tient à quelques valeurs extrêmes, les rangs ne la montrent pas",
    "the correlation rests on a few extreme values, ranks do not show it",
)
