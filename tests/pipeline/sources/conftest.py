"""Parts that several tests of sources share."""

import pytest


@pytest.fixture(params=["pyav", "opencv"])
def door(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Decode through each of the two doors in turn: whatever a source promises, both keep."""
    chosen: str = request.param
    monkeypatch.setattr("pipeline.sources.doors.AUTO", chosen)
    return chosen
