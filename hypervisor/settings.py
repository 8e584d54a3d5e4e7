"""What can be set about the service; every bound is written here."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.access.provider import ProviderSettings
from pipeline.days_off import HolidaysConfig
from pipeline.map_config import MapConfig


class Settings(BaseModel):
    """Frozen settings of one hypervisor process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_hosts: tuple[str, ...] = Field(
        default=("localhost", "127.0.0.1", "[::1]"),
        description="names the page may be asked under; any other Host header is refused (DNS rebinding)",
    )
    silent_after_s: float = Field(default=10.0, description="a worker silent for longer is shown as failed")
    poll_s: float = Field(default=0.03, description="pause between two looks at the streams")
    heartbeat_s: float = Field(default=15.0, description="a quiet event stream sends a comment so often")
    retry_ms: int = Field(default=2000, description="how long a browser waits before it reconnects")
    client_queue: int = Field(default=1000, description="events waiting for one reader; one more and it is cut off")
    max_clients: int = Field(default=500, description="event streams open at once")
    max_viewers: int = Field(default=20, ge=1, description="live views open at once, of all cameras together")
    max_points: int = Field(default=5000, description="points of one series in one answer")
    max_points_page: int = Field(default=50_000, description="points of one answer; further cameras come with `next`")
    points_kept_mib: int = Field(
        default=96, ge=0, description="memory for points of /v1/series that are written out already; 0: none is kept"
    )
    evidence_dir: Path | None = Field(
        default=None, description="where workers keep pictures of deposits, a folder a camera"
    )
    config_file: Path | None = Field(
        default=None, description="configuration that the privacy register is read from; none: there is no register"
    )
    history_dir: Path | None = Field(default=None, description="where hours of the past lie in files")
    indicators_dir: Path | None = Field(default=None, description="where a city keeps indicators and parameters")
    recommendations_dir: Path | None = Field(
        default=None, description="where a city keeps bounds of recommendations (`bounds.yaml`)"
    )
    scan_max: int = Field(default=10_000, description="entries one /v1/events request looks at")
    site: str = Field(default="parvis", description="id of the site: `source` of delivered events")
    root_path: str = Field(default="", description="prefix of all paths under which a proxy serves this")
    metrics_on_loopback: bool = Field(
        default=True, description="programs on this machine read /metrics without a key; not behind a proxy"
    )
    watch_s: float = Field(default=1.0, description="how often open streams are checked: is the key still valid?")
    provider: ProviderSettings | None = Field(default=None, description="where people sign in, besides here")
    first_digest: str | None = Field(
        default=None,
        pattern=r"^[0-9a-f]{64}$",
        description="digest of the one-time code with which the first member is made on a page",
    )
    requests_per_s: float = Field(default=100.0, gt=0, description="requests a key or member may make, steadily")
    requests_at_once: int = Field(default=1000, ge=1, description="and how many of them may come together")
    sign_ins_per_min: float = Field(default=10.0, gt=0, description="attempts to sign in from one address")
    max_sensors: int = Field(default=1000, description="sensors that one /v1/series request looks at")
    timezone: str = Field(default="Europe/Paris", description="zone in which hours and days of sensors are cut")
    holidays: HolidaysConfig | None = Field(
        default=None, description="days unlike their weekday; paths start beside `config_file`"
    )
    quarters_d: float = Field(default=35.0, gt=0, description="days for which workers keep buckets of 15 minutes")
    small_count: int = Field(default=5, ge=2, le=100, description="smaller counts are withheld from others")
    export_days: int = Field(default=400, description="days of one export; hours are kept for so long")
    export_name: str = Field(
        default="parvis", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="who publishes; part of the files' names"
    )
    map: MapConfig = Field(default_factory=MapConfig, description="what the overview's map is drawn on")
