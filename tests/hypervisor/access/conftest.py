"""An application that knows who asks."""

import pytest

from tests.hypervisor.access.house import House
from tests.hypervisor.conftest import Clock


@pytest.fixture
def house(valkey_url: str, clock: Clock) -> House:
    """Return a house with the service `mobility`."""
    return House(valkey_url, clock, sign_ins_per_min=100.0)
