"""Vehicle counts as DATEX II v3 (CEN/TS 16157): a table of measurement sites, and measured data that refers to it.

One site a line and way, one measured characteristic a class of vehicles. `vehicleFlowRate` is vehicles per *hour*,
whatever the slot. What was not observed, or is withheld, has no element: the standard has no word for either, and a
0 or −1 would be averaged by somebody.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from hypervisor.exports.counts import WAYS, Row
from hypervisor.exports.tables import way_name
from pipeline.observation import CameraDescription, LineDescription

NAMESPACES = {
    "mc": "http://datex2.eu/schema/3/messageContainer",
    "roa": "http://datex2.eu/schema/3/roadTrafficData",
    "com": "http://datex2.eu/schema/3/common",
    "loc": "http://datex2.eu/schema/3/locationReferencing",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}

VEHICLES: Mapping[str, str] = {
    "bicycle": "bicycle",
    "cyclist": "bicycle",
    "motorcycle": "motorcycle",
    "car": "car",
    "van": "van",
    "bus": "bus",
    "truck": "lorry",
    "tram": "tram",
}
"""Class → vehicleType. Pedestrians are no vehicles."""

TABLE_ID = "parvis"


class Publication(NamedTuple):
    """What both publications say of themselves."""

    published_s: float  # epoch seconds
    version: str  # of the site table
    country: str = "fr"
    language: str = "fr"
    creator: str = "parvis"


def site_table(cameras: Iterable[CameraDescription], told: Publication) -> bytes:
    """Return the MeasurementSiteTablePublication."""
    root, payload = _container("roa:MeasurementSiteTablePublication", told)
    table = SubElement(payload, "roa:measurementSiteTable", {"id": TABLE_ID, "version": told.version})
    for camera, line in _sites(cameras):
        for way in WAYS:
            _site(table, camera, line, way, told)
    return _document(root)


async def measured_data(
    rows: AsyncIterator[Row], cameras: Mapping[str, CameraDescription], told: Publication
) -> AsyncIterator[bytes]:
    """Yield the MeasuredDataPublication, slot by slot: one slot of one camera is in memory at a time."""
    root, payload = _container("roa:MeasuredDataPublication", told)
    reference = {"id": TABLE_ID, "version": told.version, "targetClass": "roa:MeasurementSiteTable"}
    SubElement(payload, "roa:measurementSiteTableReference", reference)
    mark = Element("mark")
    payload.append(mark)
    before, _, after = _document(root).partition(b"<mark />")
    yield before
    slot: list[Row] = []
    async for row in rows:
        if slot and (row.camera, row.line, row.start) != (slot[0].camera, slot[0].line, slot[0].start):
            yield b"".join(_measurements(slot, cameras, told))
            slot = []
        slot.append(row)
    if slot:
        yield b"".join(_measurements(slot, cameras, told))
    yield after


def _measurements(slot: list[Row], cameras: Mapping[str, CameraDescription], told: Publication) -> Iterator[bytes]:
    line = next((one for one in cameras[slot[0].camera].lines if one.id == slot[0].line), None)
    if line is None or cameras[slot[0].camera].location is None:
        return
    classes = vehicles_of(line)
    for way in WAYS:
        counted = [row for row in slot if row.direction == way and row.class_name in classes and row.value is not None]
        if counted:
            site = Element("roa:siteMeasurements")
            reference = {"id": site_id(slot[0].camera, line.id, way), "version": told.version}
            SubElement(site, "roa:measurementSiteReference", reference | {"targetClass": "roa:MeasurementSite"})
            for row in counted:
                _flow(site, classes.index(row.class_name) + 1, row)
            time = SubElement(SubElement(site, "roa:measurementTimeDefault"), "roa:timeValue")
            time.text = _moment(slot[0].end)
            yield tostring(site, encoding="utf-8")


def _flow(site: Element, index: int, row: Row) -> None:
    outer = SubElement(site, "roa:physicalQuantity", {"index": str(index)})
    inner = SubElement(outer, "roa:physicalQuantity", {"xsi:type": "roa:SinglePhysicalQuantity"})
    basic = SubElement(inner, "roa:basicData", {"xsi:type": "roa:TrafficFlow"})
    covered_h = (row.end - row.start) * row.coverage / 3600
    flow = SubElement(basic, "roa:vehicleFlow")
    SubElement(flow, "com:vehicleFlowRate").text = str(round((row.value or 0) / covered_h))


def _site(table: Element, camera: CameraDescription, line: LineDescription, way: str, told: Publication) -> None:
    latitude, longitude = camera.location or (0.0, 0.0)
    site = SubElement(table, "roa:measurementSite", {"id": site_id(camera.id, line.id, way), "version": told.version})
    SubElement(site, "roa:measurementEquipmentTypeUsed")
    name = f"{camera.name or camera.id}, {line.name or line.id}, {way_name(line, way)}"
    _values(site[-1], "video", told.language)
    _values(SubElement(site, "roa:measurementSiteName"), name, told.language)
    for index, class_name in enumerate(vehicles_of(line), 1):
        outer = SubElement(site, "roa:measurementSpecificCharacteristics", {"index": str(index)})
        inner = SubElement(outer, "roa:measurementSpecificCharacteristics")
        SubElement(inner, "roa:specificMeasurementValueType").text = "trafficFlow"
        characteristics = SubElement(inner, "roa:specificVehicleCharacteristics")
        SubElement(characteristics, "com:vehicleType").text = VEHICLES[class_name]
    location = SubElement(site, "roa:measurementSiteLocation", {"xsi:type": "loc:PointLocation"})
    point = SubElement(SubElement(location, "loc:pointByCoordinates"), "loc:pointCoordinates")
    SubElement(point, "loc:latitude").text = f"{latitude:.6f}"
    SubElement(point, "loc:longitude").text = f"{longitude:.6f}"


def vehicles_of(line: LineDescription) -> list[str]:
    """Return the classes of a line that are vehicles, in the order of their indices."""
    return [name for name in line.classes if name in VEHICLES]


def site_id(camera: str, line: str, way: str) -> str:
    """Return the id of a measurement site."""
    return f"{camera}.{line}.{way}"


def _sites(cameras: Iterable[CameraDescription]) -> Iterator[tuple[CameraDescription, LineDescription]]:
    located = (camera for camera in cameras if camera.location is not None)
    return ((camera, line) for camera in located for line in camera.lines if vehicles_of(line))


def _container(kind: str, told: Publication) -> tuple[Element, Element]:
    root = Element("mc:messageContainer", {f"xmlns:{k}": v for k, v in NAMESPACES.items()} | {"modelBaseVersion": "3"})
    payload = SubElement(root, "mc:payload", {"xsi:type": kind, "lang": told.language, "modelBaseVersion": "3"})
    SubElement(payload, "com:publicationTime").text = _moment(told.published_s)
    creator = SubElement(payload, "com:publicationCreator")
    SubElement(creator, "com:country").text = told.country
    SubElement(creator, "com:nationalIdentifier").text = told.creator
    return root, payload


def _values(parent: Element, text: str, language: str) -> None:
    values = SubElement(parent, "com:values")
    SubElement(values, "com:value", {"lang": language}).text = text


def _document(root: Element) -> bytes:
    text: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _moment(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
