"""Whether statements about a city are honest: `parvis bench decisions`.

Cities are simulated whose truth is known (`parvis.simulated_city`): daily and weekly rhythms, weather, memory, growth,
outages. In half of them an effect is planted. Printed: how often the interval covers the truth, how often an effect is
seen where there is none, whether the power that was promised is the power there is, whether a lag is found again,
what is recommended where there is nothing to recommend (`benchmarks.decisions_noise`), and whether the intervals of
indicators hold (`benchmarks.decisions_months`).
Intervals of these shares are Clopper and Pearson's.
"""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import numpy as np
import typer
from rich.progress import track

from benchmarks import decisions_history, decisions_months, decisions_noise, decisions_speed, report
from benchmarks.report import Row
from hypervisor.statistics.cross import lagged, strongest, without, without_rhythm
from hypervisor.statistics.design import Calendar
from hypervisor.statistics.effect import Estimate
from hypervisor.statistics.power import power
from hypervisor.statistics.trial import Trial, effect_of
from parvis import simulated_city
from parvis.cli import guarded
from parvis.simulated_city import City, Wish, city

LENGTHS = ((56, 35), (84, 56), (112, 84))
"""Days in all, and days of them before the trial."""
PERSISTENCES = (0.0, 0.3, 0.6, 0.8)
EFFECT = 0.15
LAGS = range(-6, 13)
HOURS_OF_WEEK = 168


class Judged(NamedTuple):
    """One simulated trial."""

    truth: float
    found: Estimate
    promised: float | None  # power, where an effect was planted


def main(
    simulations: Annotated[int, typer.Option(min=20, help="Cities with a trial, half of them without effect.")] = 2000,
    lags: Annotated[int, typer.Option(min=5, help="Cities in which a lag is looked for.")] = 200,
    history: Annotated[int, typer.Option(min=0, help="Hourly rows to ask years of; 0 leaves it out.")] = 100_000_000,
    noise: Annotated[int, typer.Option(min=0, help="Years of a camera in which nothing is to recommend.")] = 100,
    months: Annotated[int, typer.Option(min=0, help="Months of a place, a row: do indicators' intervals hold?")] = 60,
    seed: Annotated[int, typer.Option(help="Of the first city; each further one has the next.")] = 1,
    json_target: report.Target = None,
) -> None:
    """Print how honest statements are, and how long they take."""
    rows = [*trial_rows(list(track(trials(simulations, seed), "trials", simulations))), *lag_rows(lags, seed)]
    rows += decisions_noise.noise_rows(noise, seed) if noise else []
    rows += decisions_months.month_rows(months, seed) if months else []
    rows += [*decisions_speed.cross_rows(), *(decisions_history.history_rows(history) if history else [])]
    body = [[one.metric, one.settings, f"{one.value:.3f} {one.unit}", _interval(one), str(one.n)] for one in rows]
    heads = ["figure", "settings", "value", "95 % interval, or range of runs", "n"]
    report.show(f"Honesty and speed, on {report.hardware_line()}", heads, body)
    report.write(rows, json_target)


def trials(simulations: int, seed: int) -> Iterator[Judged]:
    """Yield trials over all lengths and persistences alike, every second with an effect."""
    for n in range(simulations):
        effect = EFFECT if n % 2 else 0.0
        days, first = LENGTHS[n // 2 % len(LENGTHS)]
        persistence = PERSISTENCES[n // (2 * len(LENGTHS)) % len(PERSISTENCES)]
        rng = np.random.default_rng(seed + n)
        planted = simulated_city.Trial((0,), first, effect)
        yield judged(city(Wish(days=days, persistence=persistence, trials=(planted,)), rng), first, effect, rng)


def judged(built: City, first: int, effect: float, rng: np.random.Generator) -> Judged:
    """Return what is found in one city whose first place is treated from a day on."""
    figures, days = built.daily("pedestrian"), np.arange(built.wish.days)
    calendar = Calendar(built.wish.first, built.wish.days, weather=built.daily_weather())
    trial = Trial(figures[:1], figures[1:], days >= first, calendar)
    truth = float(np.log1p(effect))
    promised = None
    if effect:
        baseline = Calendar(built.wish.first, first)
        promised = power(trial.outcome()[:first], baseline, built.wish.days - first, truth)
    return Judged(truth, effect_of(trial, rng), promised)


def trial_rows(found: list[Judged]) -> list[Row]:
    """Return the shares of trials."""
    without_effect = [one for one in found if not one.truth]
    with_effect = [one for one in found if one.truth]
    covered = [one.found.low <= one.truth <= one.found.high for one in found]
    promised = float(np.mean([one.promised for one in with_effect if one.promised is not None]))
    settings = f"effect {EFFECT:.0%} or none; {len(LENGTHS)} lengths, {len(PERSISTENCES)} persistences"
    return [
        _share("interval covers the truth", settings, covered),
        _share("effect seen where there is none", settings, [one.found.is_clear for one in without_effect]),
        _share("effect seen where there is one", settings, [one.found.is_clear for one in with_effect]),
        Row("decisions", "simulated", "parvis", settings, "power promised before", promised, "share", len(with_effect)),
    ]


def lag_rows(cities: int, seed: int) -> list[Row]:
    """Return how often the lag from traffic to nitrogen dioxide is found again, to one hour."""
    found = []
    for n in track(range(cities), "lags"):
        rng = np.random.default_rng(seed + n)
        true_lag = int(rng.integers(0, 7))
        found.append(abs(_lag_in(city(Wish(days=60, lag_h=true_lag), rng)) - true_lag) <= 1)
    return [_share("lag found within one hour", "60 days, 0 to 6 hours", found)]


def _lag_in(built: City) -> int:
    phase = np.arange(built.hours) % HOURS_OF_WEEK
    weather = np.array([built.weather[name] for name in ("wind", "rain", "temperature")])
    both = np.array([np.log(built.flows["car"][0] + 0.5), built.air["no2"]])
    cars, no2 = without(without_rhythm(both, phase), weather)
    best = strongest(lagged(cars, no2, LAGS))
    return LAGS.start - 2 if best is None else best.lag


def _share(metric: str, settings: str, outcomes: list[bool]) -> Row:
    from scipy.stats import beta

    n, k = len(outcomes), sum(outcomes)
    low = 0.0 if k == 0 else float(beta.ppf(0.025, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(0.975, k + 1, n - k))
    return Row("decisions", "simulated", "parvis", settings, metric, k / n, "share", n, low, high)


def _interval(row: Row) -> str:
    return "" if row.low is None or row.high is None else f"{row.low:.3f} to {row.high:.3f}"


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench decisions")))
