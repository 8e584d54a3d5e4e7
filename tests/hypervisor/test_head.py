"""HEAD answers what GET does, without the body: monitors ask so."""

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.builders import Site

SHARED = ("content-type", "content-length", "content-security-policy", "www-authenticate", "location")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/sign-in", "/static/base.css", "/v1/cameras", "/nowhere"])
def test_head_has_the_status_and_the_headers_of_get(api: TestClient, site: Site, path: str) -> None:
    whole, head = api.get(path, follow_redirects=False), api.head(path, follow_redirects=False)
    assert head.status_code == whole.status_code
    assert {name: head.headers.get(name) for name in SHARED} == {name: whole.headers.get(name) for name in SHARED}
    assert head.content == b""
    assert whole.content


def test_head_of_an_event_stream_ends(api: TestClient, site: Site) -> None:
    head = api.head("/v1/stream")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
