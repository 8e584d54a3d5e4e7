"""Distances on the ground."""

import math

EARTH_M = 6_371_008.8
"""Mean radius."""

Position = tuple[float, float]
"""Latitude and longitude, WGS 84."""


def metres(one: Position, other: Position) -> float:
    """Return the distance between two positions (haversine)."""
    a, b = math.radians(one[0]), math.radians(other[0])
    across, along = math.radians(one[1] - other[1]), b - a
    h = math.sin(along / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(h)))
