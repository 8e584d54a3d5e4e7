"""The OpenAPI document: what FastAPI makes, with the problem form and the event forms in it."""

from threading import Lock
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from hypervisor.problems import FieldProblem, Problem
from hypervisor.sensors.notifications import Notification
from hypervisor.wire import Camera, CrossingTotal, Event, SealedBucket, SeriesPage, StreamGap

ADDED: tuple[type[BaseModel], ...] = (
    Problem,
    FieldProblem,
    Event,
    SealedBucket,
    CrossingTotal,
    StreamGap,
    Notification,
)
"""Forms that no route returns by itself: errors, and what is sent as an event."""
WITH_EXAMPLES: tuple[type[BaseModel], ...] = (Camera, SeriesPage)
TEMPLATE = "#/components/schemas/{model}"


def complete(app: FastAPI) -> None:
    """Make `app.openapi()` return the complete document; it is made once."""
    made_by_fastapi = app.openapi
    making = Lock()  # requests are checked against it on several threads, and the first ones may come together

    def openapi() -> dict[str, Any]:
        with making:
            if app.openapi_schema is None:
                _add_forms(made_by_fastapi())
            assert app.openapi_schema is not None
            return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it


def _add_forms(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in ADDED:
        schema = model.model_json_schema(ref_template=TEMPLATE, mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for model in WITH_EXAMPLES:  # FastAPI leaves out what is null
        schemas[model.__name__]["examples"] = model.model_json_schema()["examples"]
