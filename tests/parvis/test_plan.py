"""`parvis plan`: what cameras cost, whether the machine carries them, and what would be shed."""

import itertools
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.config_file import LoadedSite
from pipeline.engine import plan, steps
from pipeline.engine.plan import Cost, Row, plan_of
from tests import builders
from tests.running import parvis, refusal
from tests.sites import camera, draw_walk, to_and_fro, write_site


def cost(total: float, looks: float = 4.0) -> Cost:
    return Cost((1280, 720), 25.0, looks, total / 2, total / 2, 0.0)


def rows(n: int, total: float, **fields: Any) -> list[Row]:
    return [Row(builders.camera(id=f"c{i:02}", **fields), cost(total)) for i in range(n)]


def test_cameras_that_fit_lose_nothing() -> None:
    found = plan_of(rows(8, 0.1), 2)
    assert found.loads == [pytest.approx(0.4)] * 2
    assert found.shed == []
    assert found.carries == 17  # 2 × 0.85 / 0.1


def test_64_cameras_on_two_cores_are_shed_by_priority() -> None:
    found = plan_of(
        [*rows(60, 0.06), *(Row(builders.camera(id=f"low{i}", priority=1), cost(0.06)) for i in range(4))], 2
    )
    reduced = {step.camera: step.step for step in found.shed}
    assert all(reduced[f"low{i}"] == steps.PAUSED for i in range(4))
    assert (
        steps.PAUSED not in {step for one, step in reduced.items() if not one.startswith("low")} or len(reduced) == 64
    )


def test_what_plays_as_fast_as_it_can_takes_what_is_left() -> None:
    fast = Row(builders.camera(id="fast"), cost(0.9), last_step=steps.FULL)
    assert plan_of([fast, *rows(2, 0.1)], 2).loads == [pytest.approx(0.1)] * 2


def test_every_camera_is_measured_and_the_same_source_is_opened_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    measure = plan.measure

    def counted(loaded: LoadedSite, one: Any, *rest: Any) -> Cost:
        opened.append(one.id)
        return measure(loaded, one, *rest)

    monkeypatch.setattr(plan, "measure", counted)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    draw_walk(tmp_path / "other.mp4", to_and_fro(4))
    cameras = [
        camera("a", pace="realtime"),
        camera("b", pace="realtime"),
        camera("c", source="other.mp4", pace="realtime"),
    ]
    config = write_site(tmp_path, *cameras)
    assert parvis("plan", config, "--seconds", 1) == 0
    told = capsys.readouterr().out
    assert opened == ["a", "c"]
    assert "b (as a)" in told
    assert "3 of 3 cameras need" in told
    assert "Nothing would be shed." in told
    assert not list(tmp_path.glob("**/*redis*")), "no server was started"


def test_a_camera_that_cannot_be_reached_is_said_and_the_others_are_planned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "ANSWER_S", 0.3)
    draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    away = camera("away", source="rtsp://admin:geheim@127.0.0.1:1/live")
    config = write_site(tmp_path, camera("a", pace="realtime"), away, camera("lost", source="absent.mp4"))
    assert parvis("plan", config, "--seconds", 1) == 1
    told = capsys.readouterr()
    assert "away: not measured: rtsp://" in told.err
    assert "lost: not measured: " in told.err
    assert "geheim" not in told.out + told.err
    assert "1 of 3 cameras need" in told.out


def test_a_site_of_which_nothing_can_be_measured_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "clip.mp4").write_bytes(os.urandom(5000))
    code = parvis("plan", write_site(tmp_path), "--seconds", 1)
    assert code == 2
    assert "no camera could be measured" in capsys.readouterr().err


def test_a_recording_that_is_too_short_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw_walk(tmp_path / "clip.mp4", [100, 106, 112, 118])
    assert parvis("plan", write_site(tmp_path), "--seconds", 1) == 2
    assert "too short to measure" in capsys.readouterr().err


def test_a_machine_that_is_busy_otherwise_measures_on_until_it_has_seen_a_second(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    minutes = itertools.count(step=60.0)  # one goes by with each frame
    clock = SimpleNamespace(
        monotonic=lambda: next(minutes), thread_time=time.thread_time, process_time=time.process_time
    )
    monkeypatch.setattr(plan, "time", clock)
    assert parvis("plan", write_site(tmp_path), "--seconds", 1) == 0, capsys.readouterr().err


def test_a_wrong_model_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    assert "nonesuch" in refusal(capsys, "plan", write_site(tmp_path, detector={"model": "nonesuch"}))
