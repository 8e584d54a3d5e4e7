"""Digests: what people read, in their language, at their hour."""

from datetime import UTC, datetime
from typing import Any

from hypervisor.delivery import digest
from hypervisor.delivery.channels.channel import Letter
from hypervisor.delivery.channels.mail import MailChannel
from hypervisor.delivery.checks import KINDS
from hypervisor.delivery.model import Email, Filter, Subscription
from hypervisor.delivery.schedule import next_digest_s
from tests.hypervisor.builders import NOON
from tests.hypervisor.delivery.examples import PAGES


def events(*rows: tuple[str, str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{n}",
            "type": f"parvis.{kind}",
            "subject": "a1",
            "time": f"2026-03-02T12:{minute}:00.000Z",
            "data": data,
        }
        for n, (minute, kind, data) in enumerate(rows)
    ]


def test_the_page_on_e_mail_shows_a_digest_as_it_is() -> None:
    head = digest.Head("Alertes", "mobility", "fr", "Europe/Paris")
    made = digest.digest(
        head,
        events(
            ("00", "alert.opened", {"text": {"fr": "Esplanade : 85 personnes", "en": ""}}),
            ("05", "alert.closed", {"text": {"fr": "Esplanade : retour à la normale", "en": ""}}),
        ),
    )
    assert f"```\n{made.subject}\n\n{made.text}```" in (PAGES / "email.md").read_text("utf-8")


def test_a_digest_says_why_a_camera_is_reduced_in_its_language() -> None:
    why = {"code": "looks-missed", "missed": 0.12, "window_s": 5.0, "cpu": 0.97, "cores": 1.0}
    load = {"kind": "camera.load", "value": 1.0, "unit": "step", "detail": {"step": "half-rate", "reason": "…", **why}}
    stalled = {"kind": "camera.state", "value": 0.0, "unit": "state", "detail": {"error": "no frame for 10 s"}}
    said = [
        digest.digest(digest.Head("Caméras", "it", language, "Europe/Paris"), events(("00", "camera.load", one))).text
        for language in ("fr", "en")
        for one in (load, stalled)
    ]
    assert "12 % des analyses de 5 s manquées, processeur à 97 % de 1 cœur" in said[0]
    assert "pas d’image depuis 10 s" in said[1]
    assert "12% of the looks of 5 s missed, CPU 97% of 1 core" in said[2]
    assert "no frame for 10 s" in said[3]


def test_a_digest_is_in_the_readers_language_and_lets_nothing_into_headers_or_html() -> None:
    head = digest.Head("A\r\nBcc: x@y", "mobility", "en", "UTC")
    made = digest.digest(head, events(("00", "sensor.value", {"value": 3.25, "unit": "µg/m³", "reason": "<b>"})))
    assert made.subject == "Parvis, A Bcc: x@y: 1 event"
    assert "Measurement" in made.text
    assert "<b>" not in made.html
    assert set(digest.KINDS) == set(KINDS)


def test_a_repeated_digest_has_the_same_id() -> None:
    channel = Email.model_validate({"type": "email", "to": ["a@b.example"]})
    subscription = Subscription(name="x", service="mobility", filter=Filter(), channel=channel)
    stored = [{"event": one} for one in events(("00", "alert.opened", {}))]
    mail = MailChannel("smtp://localhost", "parvis@city.example", "ville")
    first, second = (mail.message(Letter("s", subscription, stored, NOON + n)) for n in (0, 300))
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] != second["Date"]


def test_digests_are_due_at_local_hours_over_the_change_of_clocks() -> None:
    channel = Email.model_validate({"type": "email", "to": ["a@b.example"], "hours": ["07:00"], "weekdays": ["sun"]})
    saturday = datetime(2026, 3, 28, 12, 0, tzinfo=UTC).timestamp()
    assert datetime.fromtimestamp(next_digest_s(channel, saturday), UTC) == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    after = next_digest_s(channel, saturday)
    assert next_digest_s(channel, after) == after + 7 * 86_400
