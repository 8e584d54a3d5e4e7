"""Loads the simulated city into an installation: history, cameras, sensors, deposits, cases, costs."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hypervisor.history.files import HourFiles
from parvis.simulated.life import live
from parvis.simulated.town import Town, write
from pipeline.config import RetentionConfig
from pipeline.observation import CameraState
from pipeline.redis_client import connect

COSTS = "# Of the simulated city.\ncamera_cost: 6.5\ncleaning_cost: 420\ncrossing_cost: 0.02\ninhabitants: 12000\n"
START_TIMEOUT_S = 3.0


def load(url: str, folder: Path, built: Town, seed: int, now_s: float) -> None:
    """Load everything into a server and its data directory.

    Raises:
        Failed: if the hypervisor refuses something.
        RedisAway: if the server does not answer.
    """
    write(built, HourFiles(folder / "history"))
    own = folder / "indicators"
    own.mkdir(parents=True, exist_ok=True)
    (own / "parameters.yaml").write_text(COSTS, encoding="utf-8")
    at = datetime.fromtimestamp(now_s, UTC)
    with closing(connect(url, folder, START_TIMEOUT_S)) as redis:
        for scene in built.scenes:
            one = scene.camera
            state = CameraState(id=one.id, name=one.name, state="ended", since=at, purpose=one.purpose, updated_at=at)
            redis.describe(one)
            redis.set_state(state, RetentionConfig())
        asyncio.run(live(url, redis, built, seed))
