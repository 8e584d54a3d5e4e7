"""What is reckoned by itself: `schedule.yaml` beside a city's own indicators; without it, everything everywhere."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import Field, ValidationError

from hypervisor.indicators.kept.periods import STEPS, Step
from hypervisor.strict import Body, Id, Many
from pipeline.config_faults import ConfigError, Problem, did_you_mean, line_of, problems_in
from pipeline.config_file import plain, read_yaml

FILE = "schedule.yaml"
MOST_SPOTS = 500


class Schedule(Body):
    """Which indicators, where, how often."""

    steps: Many[Step] = Field(default=STEPS, min_length=1, description="day, week, month")
    indicators: Many[Id] = Field(default=(), description="ids; without: all")
    places: Many[Id] = Field(default=(), description="ids of /v1/places; without: all; none registered: each camera")
    whole_city: bool = Field(default=True, description="also everything together")

    def spots(self, places: Collection[str], cameras: Collection[str]) -> list[str]:
        """Return where values are reckoned: `""` (everything), `place/ID`, `camera/ID`; `MOST_SPOTS` at most."""
        named = [f"place/{one}" for one in sorted(places) if not self.places or one in self.places]
        if not places and not self.places:
            named = [f"camera/{one}" for one in sorted(cameras)]
        return [*([""] if self.whole_city else []), *named][:MOST_SPOTS]

    def chosen(self, known: Collection[str]) -> list[str]:
        """Return the indicators that are reckoned, in the library's order."""
        return [one for one in known if not self.indicators or one in self.indicators]


def read_schedule(folder: Path | None, known: Collection[str]) -> Schedule:
    """Return what a folder's schedule says.

    Raises:
        ConfigError: with every fault of the file; an indicator that the library does not have is one.
    """
    path = None if folder is None else folder / FILE
    if path is None or not path.is_file():
        return Schedule()
    raw = read_yaml(path)
    if not isinstance(raw, Mapping):
        raise ConfigError([Problem(path, 1, "", f"holds no mapping; expected {', '.join(Schedule.model_fields)}")])
    try:
        found = Schedule.model_validate_json(json.dumps(plain(raw), default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(problems_in(path, raw, error)) from None
    unknown = [(n, one) for n, one in enumerate(found.indicators) if one not in known]
    if unknown:
        raise ConfigError([
            Problem(path, line_of(raw, ("indicators", n)), f"indicators[{n}]",
                    f"{one} is unknown{did_you_mean(one, known)}; see parvis indicators list")
            for n, one in unknown
        ])  # fmt: skip
    return found
