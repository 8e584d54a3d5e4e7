"""Decisions about air and noise: which traffic to lead elsewhere on polluted days, where nights are too loud."""

from collections.abc import Mapping

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import DAY, VEHICLES, Site

Numbers = Mapping[str, float]
NIGHT = (0, 1, 2, 3, 4, 5, 23)


def divert_traffic(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether nitrogen dioxide is often too high, and higher on days with more traffic than its weekday has."""
    cars, no2 = site.most("crossings", VEHICLES), site.air.get("no2")
    if cars is None or no2 is None:
        return None
    driven, air = cars.mean() * DAY, no2.mean()
    known = air[np.isfinite(air)]
    often = np.where(np.isfinite(air), (air > numbers["no2"]).astype(float), np.nan)
    profile = cars.profile()
    hours = cars.busiest(site.window, 3)
    weather = [site.air[name].mean() for name in ("wind_speed", "precipitation", "temperature") if name in site.air]
    return Question(
        air,
        "ug/m3",
        column=np.log(driven + 0.5),
        extras=np.array(weather) if weather else None,
        words={
            "hours": tuple(hours),
            "mean": float(known.mean()) if len(known) else 0.0,
            "share": 100 * float((known > numbers["no2"]).mean()) if len(known) else 0.0,
        },
        profile=profile,
        shown=air,
        bound=numbers["no2"],
        also=(Question(often - numbers["often"], "share"),),
    )


def quiet_nights(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether nights are louder than people sleep well with."""
    loud = site.table("laeq", "")
    if loud is None:
        return None
    # The mean of decibels over hours is that of energies: 50 and 70 make 67, not 60.
    energy = np.where(np.isfinite(loud.values), 10 ** (loud.values / 10), np.nan)
    nights = 10 * np.log10(type(loud)(energy, loud.coverage).mean(NIGHT))
    words = {"mean": float(np.nanmean(nights)) if np.isfinite(nights).any() else 0.0}
    bound = numbers["db"]
    return Question(nights - bound, "dB", words=words, profile=loud.profile(), shown=nights, bound=bound)


ASKERS = {"divert-traffic": divert_traffic, "quiet-nights": quiet_nights}
