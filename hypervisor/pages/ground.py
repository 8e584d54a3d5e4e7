"""The ground of the map, checked before anything is served: a file that is none must not become an empty map."""

import json
from pathlib import Path

MOST_BYTES = 5_000_000
"""More than that makes a browser wait; a district in streets is a tenth of it."""
KINDS = frozenset({"FeatureCollection", "Feature", "GeometryCollection"}) | {
    f"{many}{name}" for many in ("", "Multi") for name in ("Point", "LineString", "Polygon")
}


def fault_of(path: Path) -> str | None:
    """Return why a file cannot be the map's background; None if it can."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return f"is larger than {MOST_BYTES // 1_000_000} MB; expected a simpler GeoJSON file"
        found = json.loads(path.read_text("utf-8"))
    except OSError as error:
        return f"cannot be read: {error.strerror}; expected a GeoJSON file"
    except ValueError:
        return "is no JSON; expected a GeoJSON file"
    if not isinstance(found, dict) or found.get("type") not in KINDS:
        return "is no GeoJSON; expected a FeatureCollection, in WGS 84"
    return None
