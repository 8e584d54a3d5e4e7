"""docs/asyncapi.yaml is complete, refers to nothing that is missing, and fits what is really told."""

import json
import re
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from docs import asyncapi
from hypervisor.delivery.candidates import Candidate, envelope
from hypervisor.delivery.checks import KINDS
from hypervisor.kinds import MessageKind
from hypervisor.notices import _notice
from hypervisor.store.values import Message, Told
from pipeline.observation import Kind
from tests.hypervisor.builders import NOON
from tests.hypervisor.ngsi.test_entities import sealed, station

DOCUMENT = asyncapi.document()
MESSAGES = DOCUMENT["components"]["messages"]


def at(reference: str) -> Any:
    """Return what a reference leads to."""
    found: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in references(inner)]
    return [one for inner in value for one in references(inner)] if isinstance(value, list) else []


def faults(message: str, payload: Any) -> list[str]:
    """Return what is wrong with a payload, by the document."""
    registry: Registry[Any] = Registry().with_resource("urn:doc", Resource.opaque(DOCUMENT))
    schema = {"$ref": f"urn:doc#/components/messages/{message}/payload"}
    return [fault.message for fault in Draft202012Validator(schema, registry=registry).iter_errors(payload)]


def test_every_reference_leads_somewhere() -> None:
    named = references(DOCUMENT)
    assert len(named) > 50
    for reference in named:
        at(reference)


def test_every_kind_that_can_be_delivered_has_a_message() -> None:
    delivered = {message["name"] for name, message in MESSAGES.items() if name.startswith("delivered_")}
    assert delivered == {f"parvis.{kind}" for kind in KINDS}
    for channel in ("webhook", "mqtt"):
        assert len(DOCUMENT["channels"][channel]["messages"]) == len(KINDS)


def test_the_stream_tells_observations_and_messages() -> None:
    told = {at(message["$ref"])["name"] for message in DOCUMENT["channels"]["stream"]["messages"].values()}
    assert told == {*get_args(Kind), *get_args(MessageKind), "stream.gap"}


@pytest.mark.parametrize("kind", get_args(MessageKind))
def test_a_message_on_the_stream_fits(kind: str) -> None:
    form = MESSAGES[kind.replace(".", "_")]["payload"]
    frame = _notice(Told("1-0", Message("m", kind, NOON, "s", "l", data={}))).frame.decode()
    told = json.loads(next(row for row in frame.splitlines() if row.startswith("data: ")).removeprefix("data: "))
    assert set(form["required"]) == set(told)
    assert form["properties"]["kind"] == {"const": told["kind"]}


def test_every_channel_has_an_operation_and_names_are_as_the_standard_wants() -> None:
    used = {operation["channel"]["$ref"].rpartition("/")[2] for operation in DOCUMENT["operations"].values()}
    assert used == set(DOCUMENT["channels"])
    for kind in ("messages", "schemas"):
        assert [name for name in DOCUMENT["components"][kind] if not re.fullmatch(r"[a-zA-Z0-9._-]+", name)] == []
    for channel in DOCUMENT["channels"].values():
        parameters = set(re.findall(r"{(\w+)}", channel["address"] or ""))
        assert parameters == set(channel.get("parameters", ()))


@pytest.mark.parametrize("kind", ["bucket.sealed", "sensor.value"])
def test_what_is_really_told_fits(kind: str) -> None:
    data = sealed().model_dump(mode="json", by_alias=True, exclude_none=True)
    if kind == "sensor.value":
        data = dict(station(pm10=18.4).data)
    candidate = Candidate("id", kind, NOON, "nord", "nord", "bus", "1-0", NOON, data)
    told = envelope(candidate, "ville")
    assert faults(f"delivered_{kind.replace('.', '_')}", told) == []
    assert faults("delivered_crossing", told) != []
    assert faults(f"delivered_{kind.replace('.', '_')}", told | {"specversion": "0.3"}) != []


def test_values_of_sensors_fit_as_one_and_as_many() -> None:
    one = {"measure": "pm10", "time": "2026-03-02T12:00:00Z", "value": 18.4}
    assert faults("sensor_values", one) == []
    assert faults("sensor_values", {"values": [one]}) == []
    assert faults("sensor_values", {"values": []}) != []
