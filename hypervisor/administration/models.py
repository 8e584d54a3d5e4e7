"""Which models the cameras use, where they run, and what a look costs there."""

from datetime import datetime
from typing import Any

from pydantic import Field

from hypervisor.access.wire import Told
from hypervisor.wire import Camera
from pipeline.observation import ModelsTold


class ModelUse(Told):
    """A camera that uses a model."""

    camera: str
    name: str
    device: str | None = Field(description="where it runs: cpu, cuda, tensorrt; null: it does not look now")
    variant: str | None = Field(description="the form that it runs in: fp32, int8, …")
    variant_reason: str | None
    fallback_reason: str | None = Field(description="why it does not run where it was wanted")
    looks_per_s: float = Field(description="pictures that it looks at in a second, now")
    look_cpu_ms: float | None = Field(
        description="CPU milliseconds in the detector for one look, measured here; null: not measured yet"
    )


class ModelItem(Told):
    """A model and the cameras that use it."""

    name: str
    licence: str | None = Field(description="`unstated`: nobody described the file; null: no pipeline tells of it")
    source: str | None
    sha256: str | None
    input_px: int | None
    classes: int | None
    parity: dict[str, float] = Field(description="largest differences to the model it was made from: box_px, score")
    cameras: list[ModelUse]


class ModelList(Told):
    """All models in use."""

    told_at: datetime | None = Field(description="when the pipeline told of them; null: none runs")
    items: list[ModelItem]


def models_of(told: ModelsTold | None, cameras: list[Camera]) -> ModelList:
    """Join what the pipeline says of models with how its cameras are.

    Without a word of the pipeline, a model is known by its name only, as the cameras last told it.
    """
    states = {one.id: one for one in cameras}
    items = []
    for model in told.models if told else ():
        uses = [_use(states[one], cost_ms) for one, cost_ms in model.look_cpu_ms.items() if one in states]
        items.append(ModelItem(**model.model_dump(exclude={"look_cpu_ms"}), cameras=uses))
    known = {use.camera for item in items for use in item.cameras}
    rest: dict[str, list[ModelUse]] = {}
    for one in cameras:
        if one.id not in known and one.model is not None:
            rest.setdefault(one.model, []).append(_use(one, None))
    unknown: dict[str, Any] = {
        "licence": None,
        "source": None,
        "sha256": None,
        "input_px": None,
        "classes": None,
        "parity": {},
    }
    items += [ModelItem.model_validate({"name": name, "cameras": uses, **unknown}) for name, uses in rest.items()]
    return ModelList(told_at=told.updated_at if told else None, items=items)


def _use(camera: Camera, look_cpu_ms: float | None) -> ModelUse:
    return ModelUse(
        camera=camera.id,
        name=camera.name,
        device=camera.device,
        variant=camera.variant,
        variant_reason=camera.variant_reason,
        fallback_reason=camera.fallback_reason,
        looks_per_s=camera.fps_detected,
        look_cpu_ms=look_cpu_ms,
    )
