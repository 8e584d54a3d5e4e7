"""Names of the configuration that later work fills: refused until then, with the name of what brings them."""

RESERVED = {
    "CameraConfig": {
        "priority": "the throughput engine",
        "place": "the shared services",
        "detector": "the counting measures",
    },
}
"""Model of `pipeline.config` → key → what brings it."""

LATER_MEASURES: dict[str, str] = {}
"""Measure of a zone → what brings it."""
