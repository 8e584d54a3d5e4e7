"""Under `statistics` no picture reaches Redis, disk or the API: everything is walked after a real run.

The same run under `operations` keeps pictures of deposits, and the same walk finds them: so it would find others.
"""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from numpy.typing import NDArray
from redis import Redis

from hypervisor.app import ROUTERS
from hypervisor.settings import Settings
from pipeline.camera import CameraWatch
from tests.hypervisor.builders import application
from tests.pipeline.sources.drawing import draw_video
from tests.served import Server
from tests.sites import bright, camera, load

SIZE = (320, 240)
FPS = 2
LONG_S = 75
LEFT_AT_S = 25

MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"WEBP", b"ftyp", b"JFIF", b"Exif", b"II*\x00", b"MM\x00*")
SHAPED = b"an array of the shape of a picture"
RUN = 24
"""Bytes of a picture in a row that nothing but that picture holds (its texture is noise)."""

ZONE = {
    "id": "pavement",
    "points": [[0.05, 0.3], [0.95, 0.3], [0.95, 0.95], [0.05, 0.95]],
    "classes": ["person"],
    "measures": ["occupancy", "deposits"],
    "deposits": {"surface": "pavement", "t_open_s": 30},
}


def pictures() -> Iterator[NDArray[np.uint8]]:
    """Yield a street of noise: someone walks over it, then something lies there."""
    street = np.random.default_rng(7).integers(60, 120, (SIZE[1], SIZE[0], 3)).astype(np.uint8)
    for number in range(LONG_S * FPS):
        picture = street.copy()
        if number < 40:
            picture[100:160, 20 + 6 * number : 40 + 6 * number] = 255
        if number > LEFT_AT_S * FPS:
            picture[150:190, 140:190] = 20
        yield picture


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    times_ms = [number * 1000 // FPS for number in range(LONG_S * FPS)]
    return draw_video(tmp_path_factory.mktemp("film") / "clip.mp4", pictures(), times_ms=times_ms)


def rows_of(film: Path) -> list[bytes]:
    """Return rows of pixels as workers see them: those that come out of the decoder."""
    with av.open(str(film)) as container:
        frames = [
            frame.to_ndarray(format="bgr24") for frame, _ in zip(container.decode(video=0), range(3), strict=False)
        ]
    return [frame[line].tobytes() for frame in frames for line in range(75, 230, 5)]


def traces(data: bytes, rows: list[bytes]) -> list[str]:
    """Return what of a picture is in some bytes: a format's first bytes, or pixels, plain or in base64."""
    found = [repr(magic) for magic in (*MAGIC, SHAPED) if magic in data]
    for row in rows:
        middle = row[len(row) // 2 :][:RUN]
        coded = base64.b64encode(row[3 * (len(row) // 6) :][:48])[:32]
        found += [name for name, part in (("pixels", middle), ("base64", coded)) if part in data]
    return found


def kept_in_redis(url: str) -> Iterator[tuple[str, bytes]]:
    """Yield every key with all that it holds, as bytes."""
    with Redis.from_url(url) as redis:
        for key in redis.scan_iter(count=1000):
            yield key.decode(), bytes(redis.dump(key) or b"") + key
            if redis.type(key) == b"stream":
                yield key.decode(), b"".join(b"".join(fields.values()) for _, fields in redis.xrange(key))


def kept_on_disk(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
        if path.suffix == ".npz":  # packed: what is in it has to be looked at by itself
            with np.load(path, allow_pickle=False) as arrays:
                for name in arrays.files:
                    shaped = arrays[name].dtype == np.uint8 and min((*arrays[name].shape, 0)[-3:-1] or (0,)) >= 48
                    yield f"{path.name}/{name}", (SHAPED if shaped else b"") + arrays[name].tobytes()


def told_by_api(url: str, folder: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield address, media type and body of every route that can be read, asked for that camera."""
    named = {"camera": "cam", "line": "middle", "zone": "pavement"}
    app = application(url, Settings(evidence_dir=folder / "data" / "cleanliness"))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        for deposit in client.get("/v1/deposits?state=all&from=2026-01-01T00:00:00Z").json()["items"]:
            named |= {"deposit": deposit["id"]}
            for moment in ("before", "after", "cleared"):
                answer = client.get(f"/v1/deposits/{deposit['id']}/evidence/{moment}")
                yield str(answer.url), answer.headers.get("content-type", ""), answer.content
        for route in (one for router in ROUTERS for one in router.routes):
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()) and not route.path.endswith("/stream"):
                path = route.path
                for name in route.param_convertors:
                    path = path.replace(f"{{{name}}}", named.get(name, "clean"))
                answer = client.get(path)
                yield path, answer.headers.get("content-type", ""), answer.content


class AsLive(CameraWatch):
    """Watches a recording as if it were a live camera: that one keeps what it learned over a restart."""

    def _outside(self, this: Any) -> Any:
        return super()._outside(this).keeping(self._loaded, self._camera)


def run(folder: Path, film: Path, url: str, purpose: Literal["statistics", "operations"]) -> list[str]:
    """Run a camera; return where pictures were found, besides the recording itself."""
    fields: dict[str, Any] = {"source": str(film), "zones": [ZONE], "purpose": purpose}
    loaded = load(folder, camera(**fields), data_dir=str(folder / "data"))
    assert AsLive(loaded, loaded.site.cameras[0], bright(), Server(url).connect).watch()
    rows = rows_of(film)
    kept = [("redis", *one) for one in kept_in_redis(url)] + [("disk", *one) for one in kept_on_disk(folder)]
    found = [f"{place} {name}: {trace}" for place, name, data in kept for trace in traces(data, rows)]
    for path, media_type, data in told_by_api(url, folder):
        if path != "/":  # the page itself may hold drawings
            found += [f"api {path}: {trace}" for trace in traces(data, rows)]
        drawing = media_type.startswith("image/svg") and b"<image" not in data and b"data:" not in data
        if media_type.startswith(("image/", "video/", "multipart/")) and not drawing:
            found.append(f"api {path}: {media_type}")
    return found


def test_under_statistics_no_picture_reaches_redis_disk_or_the_api(tmp_path: Path, film: Path, valkey_url: str) -> None:
    assert run(tmp_path, film, valkey_url, "statistics") == []
    told = {one["kind"] for one in Server(valkey_url).told()}
    assert {"bucket.sealed", "deposit.watch"} <= told, "it did watch"


def test_the_same_walk_finds_the_pictures_that_operations_keep(tmp_path: Path, film: Path, valkey_url: str) -> None:
    found = run(tmp_path, film, valkey_url, "operations")
    assert any(one.startswith("disk data/cleanliness") for one in found)
    assert any("shape of a picture" in one for one in found)
    assert any(one.startswith("api http") for one in found)
    assert not any(one.startswith("redis") for one in found), "not even then"


def test_the_walk_would_find_pixels_and_files() -> None:
    row = next(pictures())[80].tobytes()
    assert traces(b"xx" + row + b"yy", [row]) == ["pixels"]
    assert traces(base64.b64encode(row), [row]) == ["base64"]
    assert traces(b"..\xff\xd8\xff\xe0..JFIF", [row]) == [repr(b"\xff\xd8\xff"), repr(b"JFIF")]
