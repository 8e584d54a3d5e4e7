"""The figure of a flow rule, out of the buckets of its cameras."""

from collections.abc import Sequence

from hypervisor.feed import Bucket
from hypervisor.places.figure import Reading, Source, combine, how, read
from hypervisor.rules.check import World
from hypervisor.rules.model import STEP_S, FlowWatch


def reading_of(watch: FlowWatch, world: World, sources: Sequence[Source], parts: Sequence[Bucket | None]) -> Reading:
    """Return the figure of a bucket, out of one part for each source; what is not sealed is withheld if it must be."""
    step_s = STEP_S[watch.bucket]
    readings = []
    for source, part in zip(sources, parts, strict=True):
        withheld = world.cameras[source.camera].purpose == "statistics" and not (part or {}).get("q|sealed")
        readings.append(read(watch.measure, source.keys, {} if withheld else part or {}, step_s))
    place = world.places.get(watch.place or "")
    return combine(readings, how(watch.measure, place.semantics if place else "sum"))
