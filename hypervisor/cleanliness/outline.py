"""A deposit drawn: its zone and its outline on an empty ground. No pixel of a picture is in it."""

import re
from collections.abc import Iterable
from html import escape

from hypervisor.cleanliness.deposits import Deposit
from hypervisor.cleanliness.listing import zone_of
from hypervisor.cleanliness.texts import sentence
from pipeline.observation import CameraDescription

WIDTH, HEIGHT = 960, 540
_CORNER = re.compile(r"(\d(?:\.\d{1,8})?),(\d(?:\.\d{1,8})?)")

LOOKS = {
    "zone": 'fill="#dfe6e0" stroke="#5c7362" stroke-width="2"',
    "deposit": 'fill="#c2571a" fill-opacity="0.55" stroke="#7d330a" stroke-width="3"',
}
"""Attributes, not a style sheet: the service's content security policy allows no inline styles."""


def drawing(deposit: Deposit, camera: CameraDescription, language: str) -> str:
    """Return an SVG document."""
    zone, words = zone_of(deposit, camera), sentence(deposit.detail)[language]
    named = f"{zone.name or zone.id} · {words}" if zone is not None else words
    corners = [(float(x), float(y)) for x, y in _CORNER.findall(str(deposit.detail["outline"] or ""))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" lang="{language}">'
        f"<title>{escape(named)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f4f4f1"/>'
        + (_polygon("zone", zone.points) if zone is not None else "")
        + _polygon("deposit", corners if len(corners) > 2 else _box(deposit))
        + f'<text x="16" y="{HEIGHT - 18}" font-family="sans-serif" font-size="20" fill="#222">{escape(named)}</text>'
        + "</svg>"
    )


def _box(deposit: Deposit) -> list[tuple[float, float]]:
    left, top, width, height = (float(deposit.detail[name]) for name in ("left", "top", "width", "height"))
    return [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]


def _polygon(name: str, points: Iterable[tuple[float, float]]) -> str:
    corners = " ".join(f"{x * WIDTH:.1f},{y * HEIGHT:.1f}" for x, y in points)
    return f'<polygon class="{name}" {LOOKS[name]} points="{corners}"/>'
