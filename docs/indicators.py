"""The page of indicators, out of the library and the language's own tables."""

from collections.abc import Iterator
from typing import get_args

from hypervisor.indicators.functions import FUNCTIONS, Function
from hypervisor.indicators.library import Ready, shipped
from hypervisor.indicators.model import Indicator, Service
from hypervisor.indicators.sources import FACTS, GROUPS, PARAMETERS
from hypervisor.indicators.wire import item_of

BETTER = {"higher": "higher is better", "lower": "lower is better", "neither": "neither way is better"}

INTRODUCTION = """
# Indicators

{n} figures that a city decides by, in {themes} themes. Each is computed of one place, camera or sensor, or of
everything, over a period of 400 days at most: [`GET /v1/indicators/values`](api.md),
[`parvis indicators compute`](cli.md).
An answer is a value with its unit, its 95 % interval and the part of the time that was watched, or
the reason why there is none, in French and English. Nothing is guessed: a measure that is taken nowhere, a divisor
that is zero, or too little watched time makes no value.

## How a value comes about

- **Hours.** Everything starts from whole hours of the [history](operations.md). A count of an hour of which half at
  least was watched stands for the whole hour; an hour of which less was watched is not observed. `sum` adds up what
  was watched and scales nothing.
- **Days** are local ones, of 23 to 25 hours. A total needs a day of which 90 % were watched, because the rest may be
  the rush hour; a mean, highest or lowest hour needs 75 %, as the air quality directive asks of daily means. Parts of
  a day at either end of the period are left out.
- **Space.** Counts and numbers of things add up over lines and zones, which are different ground; shares, densities,
  percentiles and concentrations are averaged, levels of sound by their energy. Cameras of a [place](alerts.md#places)
  are joined as the place says (`sum`, `max`, `primary`), so nobody is counted twice. Where several cameras are added
  and one was out, the others stand for it, and the coverage says so.
- **Durations** of cases, alerts and deposits are those that began in the period, followed to its end at most: what
  had not ended by then counts for as long as it was known to last (Kaplan and Meier 1958), so a figure of a past
  period does not change afterwards. Only what who asks may read is in them.
- **Interval.** Where the value would lie in other days like those that were watched. Days are drawn anew (Efron 1979)
  and the values that this gives are regressed on how often each day was drawn, which says what each day adds to a
  total, ratio, share or quantile (its pseudo-value; Efron 2014). These are judged with the noise model of
  [experiments](experiments.md): days may resemble the day before, by how much is averaged over a grid (restricted
  likelihood), weekdays are told apart from 21 days on, and the width comes from the percentile-t bootstrap in blocks
  of a week. It is reckoned on the logarithm for what is above zero, on log-odds for parts of a whole. Periods of more
  than 92 days are taken by the week. Even where every hour was watched the interval has a width: the period is
  complete, but it is a sample of days like these. It does not say how far the camera is wrong. There is none for fewer
  than 14 days, for extremes and for hours of the day.
  `parvis bench decisions` (60 months a row of one place, nine formulas;
  [kept](../benchmarks/results/2026-11-28-decisions.json)): it held the truth in 96 of 100 where days do not remember,
  in 97 and 95 over 28 and 31 days that do, in 96 over 14 days; the formula that does worst in 90 to 93. The plain
  bootstrap of days would have held it in 96, 85, 82 and 88.
- **Coverage** is the part of the hours asked for that was watched, the lowest of all series of the formula. Below the
  indicator's own minimum there is no value.

## By schedule

`parvis history keep` also reckons every indicator by itself, four hours after each local day, week (from Monday) and
month is over: of everything and of each registered place, or of each camera where no place is registered. Values lie
as Parquet beside the hours (`history/values`), each with its interval, coverage, the days or cases it rests on, the
reason where there is none, and the `definition`, which changes with the formula. A process that was away catches up:
92 days, 53 weeks and 24 months back at most, as far as there are hours. Where the hours of a day are rewritten, its
day, week and month are reckoned again. [`GET /v1/indicators/kept`](api.md) gives them with the change to the period
before, the board draws them, subscriptions get `indicator.reckoned` (NGSI-LD: `KeyPerformanceIndicator`), and
`/metrics` has `parvis_indicators_last_run_timestamp_seconds`.

A city narrows it in `schedule.yaml` beside its own indicators; what is left out stays as above:

```yaml
steps: [week, month]            # day, week, month
places: [place-du-marche]       # ids of /v1/places
indicators: [pedestrians-per-day, no2-mean]
whole_city: false               # without everything together
```

Whether a value **changed** is told by the two intervals, taken to be independent, which is careful; where there are
none (days, weeks), by the changes before it: beyond t times their root mean square. A day is held against the same
weekday of the week before. With fewer than 8 earlier changes it is `unknown`.

## The language

A formula is parsed, checked for names and units when its file is read, and never run as code. `+ - * /`, comparisons
`< <= > >=`, brackets, numbers, series and functions are all there is. A fault is told with file, line, field, and its
own line and column.

- A series has the name of [`/v1/series`](measures.md) or of a [sensor's measure](sensors.md): `crossings(class="car",
  way="forward")`, `no2()`. Without a class it is of all classes. City and detector names of a class are the same
  (`pedestrian` is `person`), several are joined by commas, and these words stand for several: {groups}.
- Added or compared are things of one unit, or with a plain number. A mean of counts is by the hour.
- Division by what is always zero is refused; by what happens to be zero it makes no value.

| function | is | en français |
|---|---|---|
{functions}

| fact | is | en français |
|---|---|---|
{facts}

`parameter(name="…")` is a number that a city writes into `parameters.yaml`:

| parameter | unit | is | en français |
|---|---|---|---|
{parameters}

## Add one

A city adds indicators by adding YAML files to the folder `indicators` of its data directory; `parvis indicators check
--own FOLDER` reads them, and computes each example. A file has `theme`, `name` and `indicators`; each of these:

```yaml
  - id: cargo-bikes
    name: {{fr: Vélos cargo par jour, en: Cargo bikes a day}}
    explanation: {{fr: "Combien de vélos cargo passent.", en: "How many cargo bikes pass."}}
    formula: per_day(crossings(class="cargo_bike"))
    unit: crossing/d
    better: higher            # higher, lower, neither
    service: mobility         # {services}
    minimum_coverage: 0.6     # below it there is no value
    thresholds: []            # {{at, means: {{fr, en}}, source, checked}}: only what a public source says
    source: the city
    limits: {{fr: "Un vélo cargo chargé de côté.", en: "What it does not say."}}
    example:                  # computed by `check`: hours, `12x5` is twelve times 5, `-` not watched, `.` nothing there
      given: {{'crossings(class="cargo_bike", way="forward")': 24x1}}
      value: 24
      by_hand: 24 × 1
```

Durations are given in hours (`8+` has not ended), numbers as they are.
"""


def text(written: str) -> str:
    """Return the page; `written` says who writes it."""
    library = shipped()
    head = INTRODUCTION.format(
        n=len(library.all),
        themes=len(library.themes),
        groups=", ".join(f"`{name}` ({', '.join(classes)})" for name, classes in GROUPS.items()),
        functions="\n".join(_function(name, one) for name, one in FUNCTIONS.items()),
        facts="\n".join(
            f"| `{_fact(name)}` | {one.en} | {one.fr} |" for name, one in FACTS.items() if name != "parameter"
        ),
        parameters="\n".join(f"| `{name}` | {unit} | {en} | {fr} |" for name, (unit, fr, en) in PARAMETERS.items()),
        services=", ".join(get_args(Service)),
    )
    return written + head + "".join(_themes())


def _fact(name: str) -> str:
    return f"{name}({', '.join(f'{one}=…' for one in FACTS[name].named)})"


def _function(name: str, function: Function) -> str:
    arguments = ", ".join(["x", *(one.name for one in function.numbers)])
    return f"| `{name}({arguments})` | {function.en} | {function.fr} |"


def _themes() -> Iterator[str]:
    library = shipped()
    for theme, said in library.themes.items():
        yield f"\n## {said.name.fr} · {said.name.en}\n"
        for ready in library.all.values():
            if ready.theme == theme:
                yield _indicator(ready)


def _indicator(ready: Ready) -> str:
    one, item = ready.indicator, item_of(shipped(), ready)
    needs = [*(f"`{name}`" for name in item.measures), *(fact.en for fact in item.facts)]
    needs += [f"parameter `{name}`" for name in item.parameters]
    shown = f" (shown as “{one.unit_shown.fr}”, “{one.unit_shown.en}”)" if one.unit_shown else ""
    least = f"{one.minimum_coverage:.0%}".replace("%", " %")
    lines = [
        f"\n### {one.name.fr} · {one.name.en}",
        f"`{one.id}`, in {one.unit}{shown}; {BETTER[one.better]}; for {one.service}.",
        "",
        f"- **fr** {one.explanation.fr} *Limites :* {one.limits.fr}",
        f"- **en** {one.explanation.en} *Limits:* {one.limits.en}",
        f"- **Formula** `{one.formula}`, of {', '.join(needs)}; {least} watched at least. **Source** {one.source}.",
        *_thresholds(one),
    ]
    return "\n".join(lines) + "\n"


def _thresholds(one: Indicator) -> Iterator[str]:
    for at in one.thresholds:
        checked = f" Checked {at.checked}." if at.checked and not at.checked.startswith("not") else ""
        unchecked = f" {at.checked.capitalize()}." if at.checked and not checked else ""
        yield f"- **{at.at:g} {one.unit}** {at.means.fr}; {at.means.en} ({at.source}).{checked}{unchecked}"
