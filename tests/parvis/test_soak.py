"""`parvis soak`: nothing reaches the service, labels are kept, and the figures say how sure they are."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from parvis.soaking import NO, UNCLEAR, YES, Found, Soaked, report
from pipeline import keys
from pipeline.audit.rate import rate
from pipeline.config import RetentionConfig
from pipeline.publish import Entry, Increment
from pipeline.redis_client import RedisClient, connect
from tests.hypervisor.cleanliness.builders import pavement
from tests.recorded_deposits import deposit
from tests.running import parvis, refusal
from tests.sites import LEFT, T0, camera, draw_walk, write_site

WATCHED = {**LEFT, "id": "trottoir", "measures": ["deposits"]}
DAY_S = 86_400


def found(number: int) -> Found:
    """Return a deposit that was found."""
    return Found(f"d{number}", "cam", "trottoir", "bags", "2026-03-02T11:00:00Z", None, ())


def said(wrong: int, right: int, days: float, unclear: int = 0, open_: int = 0) -> list[str]:
    """Return the report of a soak with so many labels."""
    labels = [NO] * wrong + [YES] * right + [UNCLEAR] * unclear
    soak = Soaked(tuple(found(n) for n in range(len(labels) + open_)), {"cam": days * DAY_S})
    return report(soak, {f"d{n}": label for n, label in enumerate(labels)})


def test_no_false_alarm_in_72_hours_bounds_the_rate_at_one_a_day() -> None:
    (row,) = (row for row in said(0, 2, 3.0) if row.startswith("false alarms"))
    assert row.startswith("false alarms: 0.00 a camera-day (0.00 to 1.00; 0 in 72.0 h)")
    assert "3/T" in row


def test_precision_and_rate_have_intervals() -> None:
    rows = said(3, 9, 7.0)
    assert "precision: 75 % (47 to 91 %; 9 of 12), 95 % confidence (Wilson)" in rows
    assert any(row.startswith("false alarms: 0.43 a camera-day (0.09 to 1.25; 3 in 168.0 h)") for row in rows)


def test_what_nobody_can_tell_is_no_good_alarm_and_no_precision() -> None:
    rows = said(0, 1, 1.0, unclear=2)
    assert any("1 of 1" in row for row in rows)
    assert any("2 in 24.0 h" in row for row in rows)


def test_labels_that_are_missing_are_told() -> None:
    rows = said(0, 1, 1.0, open_=1)
    assert any("1 not labelled" in row for row in rows)
    assert any(row.startswith("false alarms: not told until all are labelled") for row in rows)
    assert said(0, 0, 0.0)[-1] == "this says nothing about what was missed"


@pytest.mark.parametrize(("number", "low", "high"), [(1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904)])
def test_a_rates_interval_is_that_of_the_tables(number: int, low: float, high: float) -> None:
    """Garwood (1936), as tabled everywhere for 95 %."""
    assert rate(number, 1.0).low == pytest.approx(low, 1e-3)
    assert rate(number, 1.0).high == pytest.approx(high, 1e-3)


@pytest.fixture
def site(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site with a watched zone; its own service's server is not the soak's."""
    monkeypatch.setenv("PARVIS_REDIS", "redis://127.0.0.1:1/0")
    draw_walk(short_dir / "clip.mp4", [100, 106, 112])
    return write_site(short_dir, camera(lines=[], zones=[WATCHED]))


@pytest.fixture
def client(short_dir: Path) -> Iterator[RedisClient]:
    """The soak's own server, as its pipeline writes to it."""
    (short_dir / "soak").mkdir()
    client = connect("embedded", short_dir / "soak")
    yield client
    client.close()


def write(client: RedisClient) -> None:
    """Write two days of a camera with three deposits."""
    from pipeline.observation import CameraDescription

    members = {"id": "cam", "name": "Cam", "purpose": "operations", "revision": "0" * 12, "min_step_s": 60}
    client.describe(CameraDescription.model_validate({**members, "zones": (pavement(),)}))
    field = keys.gauge_field("deposits_watched", "trottoir", "all", "ms")
    hour = Increment(field, 1000 * 3_600_000)
    entries = [Entry(n, float(T0 + 3600 * n), None, (hour,), (3600,)) for n in range(48)]
    for n, first_s in enumerate((T0 + 100, T0 + 200, T0 + 300)):
        told = deposit("cam", f"d{n}", "opened", at_s=first_s + 120, first_seen_s=first_s)
        entries.append(Entry(100 + n, first_s + 120.0, told, (), ()))
    client.ingest("cam", "e", entries, RetentionConfig())


def test_labels_are_given_as_a_file_and_kept(
    site: Path, client: RedisClient, capsys: pytest.CaptureFixture[str]
) -> None:
    write(client)
    out, answers = site.parent / "soak", site.parent / "answers.json"
    answers.write_text(json.dumps({"d0": "yes", "d1": "no"}))
    assert parvis("soak", site, "--out", out, "--answers", answers) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "watched: 2.00 camera-days (48.0 h) of 1 camera(s)"
    assert rows[1].startswith("told: 3 deposit(s); 1 were deposits, 1 were not, 0 unclear, 1 not labelled")
    answers.write_text(json.dumps({"d2": "yes"}))
    assert parvis("soak", site, "--out", out, "--answers", answers) == 0
    assert "2 were deposits, 1 were not, 0 unclear, 0 not labelled" in capsys.readouterr().out
    assert json.loads((out / "labels.json").read_text()) == {"d0": "yes", "d1": "no", "d2": "yes"}


def test_labels_are_asked_for_in_the_terminal_and_kept_one_by_one(
    site: Path, client: RedisClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(client)
    out = site.parent / "soak"
    given = iter(["maybe", "y", "q"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda text: next(given))
    assert parvis("soak", site, "--out", out, "--label") == 0
    assert json.loads((out / "labels.json").read_text()) == {"d0": "yes"}
    assert "1/3  cam/trottoir  bags" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answers", "message"),
    [('{"x": "yes"}', "'x' was not found in this soak"), ('{"d0": "perhaps"}', "holds something else"), ("[", "JSON")],
)
def test_wrong_labels_are_refused(
    site: Path, client: RedisClient, capsys: pytest.CaptureFixture[str], answers: str, message: str
) -> None:
    write(client)
    (site.parent / "answers.json").write_text(answers)
    out = site.parent / "soak"
    assert message in refusal(capsys, "soak", site, "--out", out, "--answers", site.parent / "answers.json")


def test_a_soak_watches_on_a_server_of_its_own_and_goes_on_from_its_first_start(
    site: Path, client: RedisClient, capsys: pytest.CaptureFixture[str]
) -> None:
    out = site.parent / "soak"
    assert parvis("soak", site, "--out", out, "--days", "1") == 0  # the recording ends long before
    said = capsys.readouterr()
    assert "watching until" in said.err
    assert said.out.splitlines()[1].startswith("told: 0 deposit(s)")
    assert client.has_deposit("cam", "x") is False
    begun = json.loads((out / "soak.json").read_text())
    (out / "soak.json").write_text(json.dumps(begun | {"begun_s": begun["begun_s"] - 2 * DAY_S}))
    assert parvis("soak", site, "--out", out, "--days", "1") == 0
    assert "its 1 days are over" in capsys.readouterr().err


def test_a_site_without_watched_zones_is_refused(short_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "soak", write_site(short_dir), "--out", short_dir / "soak")
    assert "no zone is watched for deposits" in said


def test_a_damaged_note_of_the_start_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = site.parent / "soak"
    out.mkdir()
    (out / "soak.json").write_text("{}")
    assert "soak.json: is damaged" in refusal(capsys, "soak", site, "--out", out)
