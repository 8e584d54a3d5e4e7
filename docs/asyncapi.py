"""The AsyncAPI document of what Parvis tells and takes as messages, out of the models that the code uses.

`python -m docs.generate` writes it as `asyncapi.yaml`; a test holds the committed file against this module.
"""

import io
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from ruamel.yaml import YAML

from hypervisor.alerts.model import Alert
from hypervisor.cases.model import Case, Entry
from hypervisor.delivery.checks import KINDS, OBSERVED
from hypervisor.indicators.kept.wire import Reckoned
from hypervisor.kinds import MessageKind
from hypervisor.sensors.wire import SealedSensorBucket, ValueOf, Values
from hypervisor.wire import Event, StreamGap

MODELS: tuple[type[BaseModel], ...] = (
    Event,
    StreamGap,
    Alert,
    Case,
    Entry,
    SealedSensorBucket,
    Values,
    ValueOf,
    Reckoned,
)
SCHEMAS = "#/components/schemas/"
CLOUDEVENTS = "application/cloudevents+json"

ABOUT = (
    "What Parvis tells its services, and takes from sensors, as messages. Times are UTC. Events that are delivered are "
    "CloudEvents 1.0 (structured JSON); `source` and `id` together are unique, and repeats are dropped by them. "
    "`partitionkey` is the lane: events of one lane are delivered in order. Webhooks are signed as Standard Webhooks "
    "(`webhook-id`, `webhook-timestamp`, `webhook-signature`)."
)


def document() -> dict[str, Any]:
    """Return the document, AsyncAPI 3.1."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Parvis",
            "version": "1",
            "description": ABOUT,
            "license": {"name": "AGPL-3.0-or-later"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "hypervisor": {"host": "localhost:8080", "protocol": "http", "description": "`parvis serve`"},
            "broker": {
                "host": "localhost:1883",
                "protocol": "mqtt",
                "protocolVersion": "5",
                "description": "the city's",
            },
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def text() -> str:
    """Return the document as YAML."""
    yaml = YAML()
    yaml.width = 120
    yaml.default_flow_style = False
    yaml.representer.ignore_aliases = lambda _: True
    buffer = io.StringIO()
    yaml.dump(document(), buffer)
    return "# Written by `make docs`; edit docs/asyncapi.py or the models it reads.\n" + buffer.getvalue()


def _channels() -> dict[str, Any]:
    delivered = {_name(kind): _message(f"delivered.{kind}") for kind in KINDS}
    return {
        "stream": {
            "address": "/v1/stream",
            "description": "Server-sent events; `Last-Event-ID` resumes exactly.",
            "servers": [{"$ref": "#/servers/hypervisor"}],
            "messages": {_name(kind): _message(kind) for kind in (*_streamed(), "stream.gap")},
        },
        "webhook": {
            "address": None,
            "description": "POST to the address of a subscription, signed.",
            "messages": delivered,
        },
        "mqtt": {
            "address": "{prefix}/{site}/{kind}/{subject}",
            "description": "QoS 1, MQTT 5; `prefix` is the subscription's.",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {
                "prefix": {"description": "of the subscription", "default": "parvis"},
                "site": {"description": "id of the site"},
                "kind": {"description": "kind of event", "enum": list(KINDS)},
                "subject": {"description": "what it is about; may have several levels"},
            },
            "messages": delivered,
        },
        "sensorValues": {
            "address": "{prefix}/sensors/{sensor}/values",
            "description": "Values of a registered sensor, taken by `parvis sensors listen`.",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {
                "prefix": {"description": "`--prefix`", "default": "parvis"},
                "sensor": {"description": "id of a registered sensor"},
            },
            "messages": {"values": _message("sensor.values")},
        },
    }


def _operations() -> dict[str, Any]:
    summaries = {
        "stream": ("send", "Tell who follows the stream what cameras tell"),
        "webhook": ("send", "Deliver what a subscription wants to its address"),
        "mqtt": ("send", "Deliver what a subscription wants to the broker"),
        "sensorValues": ("receive", "Take values of sensors"),
    }
    return {
        f"{action}{channel[0].upper()}{channel[1:]}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
        }
        for channel, (action, summary) in summaries.items()
    }


def _messages() -> dict[str, Any]:
    told = {
        kind: _plain(kind, {"$ref": f"{SCHEMAS}Event"} if kind in OBSERVED else _notice(kind)) for kind in _streamed()
    }
    told["stream.gap"] = _plain("stream.gap", {"$ref": f"{SCHEMAS}StreamGap"})
    either = [{"$ref": f"{SCHEMAS}Values"}, {"$ref": f"{SCHEMAS}ValueOf"}]
    told["sensor.values"] = _plain("sensor.values", {"oneOf": either})
    for kind in KINDS:
        told[f"delivered.{kind}"] = _plain(f"parvis.{kind}", _envelope(kind)) | {"contentType": CLOUDEVENTS}
    return {_key(name): message for name, message in told.items()}


def _plain(name: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "payload": payload}


def _envelope(kind: str) -> dict[str, Any]:
    return {
        "allOf": [
            {"$ref": f"{SCHEMAS}CloudEvent"},
            {"properties": {"type": {"const": f"parvis.{kind}"}, "data": _data(kind)}},
        ]
    }


def _data(kind: str) -> dict[str, Any]:
    """Return the form of an event's data; a new kind without one is refused by the test."""
    if kind in OBSERVED:
        return {"$ref": f"{SCHEMAS}Event"}
    forms = {"alert": "Alert", "case": "CaseTold", "sensor": "SealedSensorBucket", "subscription": "SubscriptionTold"}
    forms |= {"indicator": "Reckoned"}
    return {"$ref": f"{SCHEMAS}{forms[kind.partition('.')[0]]}"}


def _schemas() -> dict[str, Any]:
    _, whole = models_json_schema([(model, "serialization") for model in MODELS], ref_template=f"{SCHEMAS}{{model}}")
    schemas: dict[str, Any] = whole["$defs"]
    case = schemas["Case"]
    kept = {name: form for name, form in case["properties"].items() if name != "timeline"}
    schemas["CaseTold"] = case | {
        "title": "CaseTold",
        "description": "A case without its timeline, and the line of it that is told.",
        "properties": kept | {"entry": {"$ref": f"{SCHEMAS}Entry"}},
        "required": [*(name for name in case["required"] if name != "timeline"), "entry"],
    }
    del schemas["Case"]
    schemas["SubscriptionTold"] = {
        "type": "object",
        "description": "About a subscription of the service itself: it was disabled, or this is a test.",
        "properties": {name: {"type": "string"} for name in ("subscription", "name", "reason", "channel")},
    }
    schemas["CloudEvent"] = _cloud_event()
    return dict(sorted(schemas.items()))


def _cloud_event() -> dict[str, Any]:
    words = {
        "id": "the same for every attempt to deliver it",
        "source": "`urn:parvis:<site>`",
        "type": "`parvis.` and the kind",
        "subject": "what it is about",
        "partitionkey": "lane: events of one are delivered in order",
    }
    return {
        "type": "object",
        "description": "CloudEvents 1.0, structured JSON.",
        "required": ["specversion", *words, "time", "datacontenttype", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            **{name: {"type": "string", "description": word} for name, word in words.items()},
            "time": {"type": "string", "format": "date-time", "description": "when it happened"},
            "datacontenttype": {"const": "application/json"},
            "data": {"type": "object"},
        },
    }


def _notice(kind: str) -> dict[str, Any]:
    """Return the form of a message of the bus in the event stream (`hypervisor.notices`)."""
    words = {"id": "the same wherever it is told", "subject": "what it is about", "lane": "what it is in order with"}
    return {
        "type": "object",
        "required": ["id", "kind", "time", "subject", "lane", "cameras", "data"],
        "properties": {
            **{name: {"type": "string", "description": word} for name, word in words.items()},
            "kind": {"const": kind},
            "time": {"type": "string", "format": "date-time"},
            "cameras": {"type": "array", "items": {"type": "string"}},
            "data": _data(kind),
        },
    }


def _streamed() -> list[str]:
    """Return the kinds that the event stream tells: what is not of one subscription only."""
    return [kind for kind in KINDS if kind in OBSERVED or kind in get_args(MessageKind)]


def _message(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{_key(name)}"}


def _name(kind: str) -> str:
    return kind.replace(".", "_")


def _key(name: str) -> str:
    return name.replace(".", "_")
