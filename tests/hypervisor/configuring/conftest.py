"""A configuration file with comments and a password, and the API over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from hypervisor.configuring.file import ConfigFile
from tests.hypervisor.builders import NOON, application

SECRET = "geh/eim"
FILE = f"""\
# The square, as the city wants it.
parvis: 1
site: {{id: test, name: "Test"}}   # one site
redis: "redis://:{SECRET}@127.0.0.1:6379/0"

cameras:
  # in front of the station
  - id: nord
    name: 'Nord'
    source: "rtsp://admin:{SECRET}@10.0.0.7/stream"   # old: rtsp://admin:{SECRET}@10.0.0.6
    location: [48.8411, 2.5500]
    purpose: operations
    legal_basis:
      reference: "decision 12"
      controller: "City"
      dpia_ref: none yet
    lines:
      # where they come in
      - {{id: entree, from: [0.50, 0.0], to: [0.50, 1.0], classes: [person]}}
      - {{id: sortie, from: [0.20, 0.1], to: [0.20, 0.9]}}

  - id: sud
    source: rtsp://viewer:${{SUD_PASSWORD}}@10.0.0.8/stream
    zones:
      - id: place
        points:
          - [0.1, 0.1]
          - [0.9, 0.1]
          - [0.5, 0.9]
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> ConfigFile:
    """Return the file of all tests of a module; its versions are kept elsewhere."""
    folder = tmp_path_factory.mktemp("configuring")
    (folder / "site").mkdir()
    return ConfigFile(folder / "site" / "site.yaml", folder / "kept", lambda: NOON)


@pytest.fixture(scope="module")
def shared_client(valkey_server: Path, shared: ConfigFile) -> Iterator[TestClient]:
    """Yield a client of one application over that file: making one takes longer than most of these tests."""
    app = application(f"unix://{valkey_server}", None, lambda: NOON, config=shared)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def file(shared: ConfigFile, tmp_path: Path) -> ConfigFile:
    """Return the configuration file, as it was written by hand, without former versions."""
    for old in (shared.path.parent, shared.versions.folder):
        for one in old.glob("*"):
            one.unlink()
    shared.path.write_text(FILE, encoding="utf-8")
    return shared


@pytest.fixture
def path(file: ConfigFile) -> Path:
    """Return its path."""
    return file.path


@pytest.fixture
def client(valkey_url: str, file: ConfigFile, shared_client: TestClient) -> TestClient:
    """Return a client of the application over that file and an empty server."""
    return shared_client
