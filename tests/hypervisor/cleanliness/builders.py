"""A pavement that is watched for deposits, written through the pipelines' own client."""

from pathlib import Path
from typing import Any

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.observation import CameraDescription, DepositsDescription, Observation, ZoneDescription
from pipeline.publish import Entry
from pipeline.redis_client import connect
from tests.hypervisor.builders import Site, line
from tests.recorded_deposits import deposit, watch

HOUR_S = 3600


def pavement(zone: str = "trottoir", **members: Any) -> ZoneDescription:
    """Return a zone of 100 m² that is watched for deposits."""
    rules = {"surface": "pavement", "area_m2": 100.0, "service_level_h": 24.0} | members
    corners = ((0.1, 0.5), (0.9, 0.5), (0.9, 0.9), (0.1, 0.9))
    told = DepositsDescription.model_validate(rules)
    return ZoneDescription(
        id=zone, name="Trottoir", points=corners, classes=("person",), measures=("deposits",), deposits=told
    )


class Street:
    """Writes a camera, what lies before it, and how well that was watched."""

    def __init__(self, site: Site, url: str) -> None:
        self.site, self._client, self._seq = site, connect(url, Path()), 0

    def camera(self, camera: str = "nord", *zones: ZoneDescription, **members: Any) -> CameraDescription:
        """Describe a camera with zones; one pavement without."""
        return self.site.camera(camera, zones=zones or (pavement(),), lines=(line(),), **members)

    def tell(self, told: Observation) -> Observation:
        """Tell an observation as a pipeline does."""
        self._seq += 1
        told = told.model_copy(update={"id": f"{told.camera_id}:e1:{self._seq}"})
        entry = Entry(self._seq, told.observed_at.timestamp(), told, (), ())
        assert self._client.ingest(told.camera_id, "e1", [entry], RetentionConfig()).applied == 1
        return told

    def lies(self, deposit_id: str, first_s: float, cleared_s: float | None = None, **members: Any) -> None:
        """Tell that a deposit was opened, and cleared a minute after its first clean sample."""
        camera = members.pop("camera", "nord")
        self.tell(deposit(camera, deposit_id, "opened", at_s=first_s + 120, first_seen_s=first_s, **members))
        if cleared_s is not None:
            self.told(deposit_id, "cleared", cleared_s + 60, first_s, cleared_s=cleared_s, camera=camera, **members)

    def told(self, deposit_id: str, state: str, at_s: float, first_s: float, **members: Any) -> None:
        """Tell that something became known of a deposit."""
        camera = members.pop("camera", "nord")
        self.tell(deposit(camera, deposit_id, state, at_s=at_s, first_seen_s=first_s, **members))

    def watch(self, at_s: float, **members: Any) -> None:
        """Tell how well the zone is watched."""
        self.tell(watch(members.pop("camera", "nord"), at_s=at_s, **members))

    def watched(self, from_s: float, to_s: float, **members: Any) -> None:
        """Write the buckets of a span that was watched, in part with `share`, steps of `step_s`."""
        step_s, share = members.pop("step_s", 900), members.pop("share", 1.0)
        camera, zone = members.pop("camera", "nord"), members.pop("zone", "trottoir")
        dirty, smallest = members.pop("dirty", 0.0), members.pop("smallest_cm", 22.0)
        sealed = members.pop("sealed", True)
        assert not members, f"unknown: {members}"
        level_ms = round(1000 * step_s * 1000 * share)
        more = {
            keys.gauge_field("deposits_watched", zone, "all", "ms"): level_ms,
            keys.gauge_field("deposits_watched", zone, "all", "max"): 1000,
            keys.gauge_field("dirty", zone, "all", "ms"): round(level_ms * dirty),
            **({keys.gauge_field("smallest", zone, "all", "max"): round(smallest * 1000)} if smallest else {}),
        }
        for start in range(int(from_s), int(to_s), step_s):
            self.site.bucket(start, step_s, camera, covered=share, sealed=sealed, more=more)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
