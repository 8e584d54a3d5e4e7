"""Names of the configuration that later work fills: refused until then, with the name of what brings them."""

RESERVED = {
    "CameraConfig": {
        "place": "the shared services",
    },
}
"""Model of `pipeline.config` → key → what brings it."""

LATER_MEASURES: dict[str, str] = {}
"""Measure of a zone → what brings it."""
