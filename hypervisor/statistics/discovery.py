"""Many questions asked at once: which answers to believe so that few are chance (Benjamini and Hochberg 1995)."""

from collections.abc import Sequence


def believed(p_values: Sequence[float], share: float = 0.05) -> list[bool]:
    """Tell for each p-value whether it is believed when at most `share` of the believed ones may be chance.

    Of m questions, the k smallest p-values are believed for the greatest k with p(k) <= share k / m. It holds for
    independent questions and for those that depend on each other positively, such as neighbouring cameras.
    """
    order = sorted(range(len(p_values)), key=lambda n: p_values[n])
    most = max((k for k, n in enumerate(order, 1) if p_values[n] <= share * k / len(order)), default=0)
    chosen = set(order[:most])
    return [n in chosen for n in range(len(p_values))]


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return for each p-value the smallest `share` under which it would be believed."""
    order = sorted(range(len(p_values)), key=lambda n: p_values[n], reverse=True)
    lowest, found = 1.0, [1.0] * len(p_values)
    for rank, n in zip(range(len(order), 0, -1), order, strict=True):
        lowest = min(lowest, p_values[n] * len(order) / rank)
        found[n] = lowest
    return found
