"""What the operators' map is drawn on (configuration only)."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from pipeline.schema import Strict

PARTS = ("{z}", "{x}", "{y}")


class MapConfig(Strict):
    """What the map of the first page is drawn on. Without it: a plain ground and a scale bar, so that no other host
    ever learns what the operators look at."""

    background: Path | None = Field(
        default=None, description="GeoJSON file (WGS 84) that the hypervisor serves itself: streets, shores, a district"
    )
    tiles: str | None = Field(
        default=None,
        description="address of map tiles with `{z}`, `{x}`, `{y}`: `https://…`, or a path of this service; browsers "
        "ask that host, and the page allows pictures from no other",
    )
    attribution: str = Field(default="", max_length=200, description="whose map it is; required with `tiles`")

    @field_validator("tiles")
    @classmethod
    def _address_of_tiles(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        is_ours = value.startswith("/") and not value.startswith("//")
        is_plain = value.isprintable() and not set(" ;,'\"\\") & set(value) and "*" not in parts.netloc
        if not (is_plain and (is_ours or (parts.scheme in ("http", "https") and parts.hostname))):
            raise ValueError("is no address of tiles; expected https://HOST/{z}/{x}/{y}.png or a path of this service")
        if parts.username or "{" in parts.netloc:
            raise ValueError("names no single host; expected one host, without a password or {s}")
        missing = [part for part in PARTS if part not in value]
        if missing:
            raise ValueError(
                f"lacks {', '.join(missing)}; expected an address such as https://HOST/{{z}}/{{x}}/{{y}}.png"
            )
        return value

    @model_validator(mode="after")
    def _whose(self) -> "MapConfig":
        if self.tiles and not self.attribution:
            raise ValueError(
                "attribution: is missing; expected whose tiles they are, such as © OpenStreetMap contributors"
            )
        return self

    @property
    def tile_origin(self) -> str:
        """Return the host that pictures may come from besides this service; empty where there is none."""
        parts = urlsplit(self.tiles or "")
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
