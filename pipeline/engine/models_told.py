"""What is told of the models that a site uses: what the registry knows of them, and what a look costs here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from models.errors import ModelError
from models.registry import UNSTATED, ModelFile, resolve
from pipeline.config_file import LoadedSite
from pipeline.observation import ModelsTold, ModelTold

MOST_MODELS = 32
"""Models whose files are not read again: a site has a few."""


def models_told(loaded: LoadedSite, looks: Mapping[str, float | None]) -> ModelsTold:
    """Return every model that cameras of a site use; `looks` is camera → CPU ms of one look."""
    users: dict[str, dict[str, float | None]] = {}
    for camera in loaded.site.cameras:
        users.setdefault(loaded.site.detector_of(camera).model, {})[camera.id] = looks.get(camera.id)
    base = loaded.path.parent.absolute()
    return ModelsTold(
        updated_at=datetime.now(UTC), models=tuple(_told(name, base, cameras) for name, cameras in users.items())
    )


def _told(name: str, base: Path, looks: dict[str, float | None]) -> ModelTold:
    model = _described(name, base)
    return ModelTold(
        name=model.name,
        licence=model.licence,
        source=model.source,
        sha256=model.sha256,
        input_px=model.input_px,
        classes=None if model.labels is None else len(model.labels),
        parity=dict(model.parity),
        look_cpu_ms=looks,
    )


@lru_cache(MOST_MODELS)
def _described(name: str, base: Path) -> ModelFile:
    """Return what is known of a model; a file that has vanished since it was loaded is told without its sha256."""
    try:
        return resolve(name, base=base)
    except ModelError:
        return ModelFile(name=name, path=base / name, sha256=UNSTATED)
