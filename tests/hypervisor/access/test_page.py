"""docs/access.md says what the code does."""

import re
from pathlib import Path

from hypervisor.access import idempotency, sessions
from hypervisor.access.directory import MOST_VALID
from hypervisor.access.passwords import SHORTEST
from hypervisor.access.principal import SCOPES
from hypervisor.access.provider import ALGORITHMS
from hypervisor.access.secrets import SECRET_BYTES
from hypervisor.settings import Settings

PAGE = " ".join((Path(__file__).parents[3] / "docs" / "access.md").read_text(encoding="utf-8").split())


def test_the_table_of_scopes_is_the_codes() -> None:
    assert dict(re.findall(r"\| `([a-z]+(?::[a-z]+)?)` \| ([^|]+?) \|", PAGE)) == SCOPES


def test_the_figures_are_the_codes() -> None:
    settings, hour_s, minute_s = Settings(), 3600, 60
    assert (sessions.MOST_FAILURES, MOST_VALID) == (5, 2)
    for sentence in (
        f"secret has {SECRET_BYTES * 8} random bits",
        f"session lasts {sessions.SESSION_S // hour_s} hours",
        f"La session dure {sessions.SESSION_S // hour_s} heures",
        f"lock the name for {sessions.LOCKED_S // minute_s} minutes",
        f"bloqué {sessions.LOCKED_S // minute_s} minutes",
        f"once, within {sessions.TICKET_S} seconds",
        f"{SHORTEST} caractères au moins",
        f"make {settings.requests_at_once:,} requests at once, and {settings.requests_per_s:.0f} a second",
        f"within {idempotency.KEPT_S // hour_s} hours the same key",
        f"({', '.join(ALGORITHMS)})",
        "address may try ten times a minute",
    ):
        assert sentence in PAGE, sentence
    assert settings.sign_ins_per_min == 10
