"""Names of the configuration that later work fills: refused until then, with the name of what brings them."""

RESERVED = {
    "ZoneConfig": {"deposits": "cleanliness"},
    "CameraConfig": {
        "place": "the shared services",
        "schedules": "cleanliness",
        "bins": "cleanliness",
    },
}
"""Model of `pipeline.config` → key → what brings it."""

LATER_MEASURES = {
    "deposits": "cleanliness",
}
"""Measure of a zone → what brings it."""
