"""The configuration file, followed while `parvis run` runs: what is valid is taken over, what is not is told."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from pipeline.config import SiteFile, revision_of
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import ParvisError
from pipeline.observation import ConfigurationState, ModelsTold
from pipeline.redis_client import RedisClient

LOOK_S = 0.5
"""How often the file is looked at. It is read once it has been the same for two looks: editors write in pieces."""

TELL_S = 10.0

_log = logging.getLogger(__name__)

Stamp = tuple[int, int, int] | None


class ConfigWatch:
    """Tells when a configuration file has changed, and how it reads then."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._path, self._clock = path, clock
        self._read = self._seen = _stamp(path)
        self._looked_s = clock()

    def changed(self) -> LoadedSite | ConfigError | None:
        """Return the file's new content or its faults, once; None while nothing is new."""
        now_s = self._clock()
        if now_s - self._looked_s < LOOK_S:
            return None
        self._looked_s = now_s
        before, self._seen = self._seen, _stamp(self._path)
        if self._seen != before or self._seen == self._read:
            return None
        self._read = self._seen
        try:
            return load_config(self._path)
        except ConfigError as error:
            return error


class ConfigTeller(threading.Thread):
    """Tells through Redis which configuration is followed, and what is wrong with the file, every ten seconds."""

    def __init__(
        self,
        connect: Callable[[], RedisClient],
        site: SiteFile,
        models: Callable[[], ModelsTold] | None = None,
    ) -> None:
        """Begin to tell of a site and, where `models` says which, of the models that it uses."""
        super().__init__(name="configuration", daemon=True)
        self._connect = connect
        self._models = models
        self._client: RedisClient | None = None
        self._news = threading.Event()
        self._over = False
        self._state = _state(site)

    def followed(self, site: SiteFile) -> None:
        """Note that a configuration is followed from now on."""
        self._state = _state(site)
        self._news.set()

    def refused(self, error: ParvisError) -> None:
        """Note that the file is not followed."""
        first = str(error).partition("\n")[0]
        self._state = self._state.model_copy(update={"fault": first})
        self._news.set()

    def end(self) -> None:
        """Stop telling."""
        self._over = True
        self._news.set()
        self.join(TELL_S)

    def run(self) -> None:
        """Tell until the end; while Redis is away, try again."""
        while not self._over:
            self._news.clear()
            try:
                self._client = self._client or self._connect()
                self._client.set_configuration(self._state.model_copy(update={"updated_at": datetime.now(UTC)}))
                if self._models is not None:
                    self._client.set_models(self._models())
            except ParvisError:  # the cameras' sinks say so
                self._drop()
            self._news.wait(TELL_S)
        self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None


def _state(site: SiteFile) -> ConfigurationState:
    now = datetime.now(UTC)
    return ConfigurationState(revision=revision_of(site), since=now, updated_at=now)


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:  # between the two halves of a replacement it may not be there
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
