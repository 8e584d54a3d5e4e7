"""How tests ask /v1/config, and what they expect of every refusal."""

from typing import Any

from fastapi.testclient import TestClient

NEW = {"id": "est", "name": "Est: l’entrée # 2", "source": "clips/est.mp4", "location": [48, 2.5]}


def match(client: TestClient) -> dict[str, str]:
    """Return the header that names the file as it is now."""
    return {"If-Match": client.get("/v1/config").headers["etag"]}


def camera(client: TestClient, name: str = "nord") -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/config/cameras/{name}").json()["camera"]
    return found


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "urn:parvis:problem:invalid-request"
    return {one["name"]: one["detail"] for one in answer.json()["errors"]}
