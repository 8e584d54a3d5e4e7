"""A camera whose worker changes it while it runs: measured otherwise, begun anew, reduced, paused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.engine import steps
from pipeline.observation import ShedWhy
from tests.pipeline.engine.bench import Bench, live
from tests.running import until
from tests.served import Server
from tests.sites import LEFT, MIDDLE, camera, draw_walk, load, to_and_fro

WHY = ShedWhy(code="looks-missed", missed=0.4, window_s=5.0, cpu=1.0, cores=1.0)
FORWARD = "c|middle|person|forward"


class TestChanges:
    """Another configuration: who changed follows it, and nobody else notices."""

    @pytest.fixture
    def running(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> Bench:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live("a"), live("b")))
        return one.until(lambda: all(server.state(c).get("frames", 0) > 3 for c in ("a", "b")))

    def runs(self, server: Server, camera_id: str) -> list[str]:
        """The states that a camera told, oldest first."""
        return [o["detail"]["state"] for o in server.told("camera.state", camera_id)]

    def test_another_line_is_counted_without_connecting_anew(
        self, tmp_path: Path, server: Server, running: Bench
    ) -> None:
        other = {**MIDDLE, "id": "other", "from": [0.55, 1.0], "to": [0.55, 0.0]}
        post = running.worker._posts["a"]
        running.watch(load(tmp_path, live("a", lines=[MIDDLE, other]), live("b")))
        running.until(lambda: server.total("c|other|person|forward", camera_id="a") >= 1)
        assert running.worker._posts["a"] is post, "the same watch goes on"
        assert "ended" not in self.runs(server, "a")
        revisions = [f for f in server.redis.hgetall(latest(server, "a")) if f.startswith("q|revision|")]
        assert revisions, "each figure says of which configuration it is"

    def test_its_description_is_told_at_once(self, tmp_path: Path, server: Server, running: Bench) -> None:
        running.watch(load(tmp_path, live("a", name="Autre", lines=[]), live("b")))
        running.until(lambda: '"Autre"' in server.redis.hget("parvis1:cameras", "a"))
        assert '"lines":[]' in server.redis.hget("parvis1:cameras", "a")

    def test_a_camera_whose_source_changed_begins_anew_alone(
        self, tmp_path: Path, server: Server, running: Bench
    ) -> None:
        draw_walk(tmp_path / "other.mp4", to_and_fro(2))
        running.watch(load(tmp_path, live("a", source="other.mp4"), live("b")))
        running.until(lambda: self.runs(server, "a").count("running") == 2)
        assert self.runs(server, "b").count("running") == 1
        assert "ended" not in self.runs(server, "b")

    def test_a_camera_may_come_and_go(self, tmp_path: Path, server: Server, running: Bench) -> None:
        running.watch(load(tmp_path, live("b"), live("c")))
        running.until(lambda: server.state("a")["state"] == "ended" and server.state("c").get("frames", 0) > 3)
        assert "ended" not in self.runs(server, "b")
        assert running.worker._posts.keys() == {"b", "c"}

    def test_a_camera_is_reported_until_it_is_gone(self, tmp_path: Path, server: Server, running: Bench) -> None:
        """Only then may another worker begin with it."""
        leaving = running.worker._posts["a"]
        running.watch(load(tmp_path, live("a"), live("b")), "b")
        seen = []

        def gone() -> bool:
            report = running.worker.tick()
            if report is not None:
                seen.append(("a" in report.cameras, leaving.is_alive()))
            return bool(seen) and not seen[-1][0]

        until(gone)
        assert not leaving.is_alive()

    def test_nothing_happens_when_nothing_has_changed(self, tmp_path: Path, server: Server, running: Bench) -> None:
        before = dict(running.worker._posts)
        running.watch(load(tmp_path, live("a"), live("b")))
        assert running.worker._posts == before
        assert len(running.made) == 1

    def test_a_recording_with_other_lines_is_another_run(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench]
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
        one = bench().watch(load(tmp_path, camera()))
        one.until_over()
        other = {**MIDDLE, "id": "other"}
        one.watch(load(tmp_path, camera(lines=[other], zones=[LEFT])))
        one.until_over()
        assert server.total("c|other|person|forward") == 2
        assert server.total(FORWARD) == 2, "what was counted before stays as it was"


def latest(server: Server, camera_id: str) -> str:
    """Return the key of a camera's newest bucket of a minute."""
    found = sorted(server.redis.scan_iter(f"parvis1:{{{camera_id}}}:b:60:*", count=1000))
    return str(found[-1])


class TestReduced:
    """A camera that its worker reduces: it is told on the stream, in its state and in its buckets."""

    def test_every_step_is_told(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.QUARTER, WHY)
        one.until(lambda: server.state()["shed"] == steps.QUARTER)
        assert (server.state()["shed_reason"], server.state()["shed_why"]) == (WHY.text, WHY.model_dump())
        one.until(lambda: server.redis.hget(latest(server, "cam"), "q|shed") == "2")
        one.worker._reduce("cam", steps.FULL, None)
        one.until(lambda: len(server.told("camera.load")) == 2)
        details = [o["detail"] for o in server.told("camera.load")]
        assert details == [
            {"step": "quarter-rate", "before": "none", "reason": WHY.text, **WHY.model_dump()},
            {"step": "none", "before": "quarter-rate", "reason": None},
        ]

    def test_a_paused_camera_lets_go_of_its_source_says_so_and_comes_back(
        self, tmp_path: Path, server: Server, bench: Callable[..., Bench]
    ) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.PAUSED, WHY)
        one.until(lambda: server.state()["state"] == "paused")
        one.until(lambda: server.redis.hget(latest(server, "cam"), "q|shed") == "4")
        frames = server.state()["frames"]
        one.worker._reduce("cam", steps.SMALL, None)
        one.until(lambda: server.state()["state"] == "running" and server.state()["frames"] > 3)
        assert frames >= 3
        assert "failed" not in [o["detail"]["state"] for o in server.told("camera.state")]

    def test_a_paused_camera_can_be_left(self, tmp_path: Path, server: Server, bench: Callable[..., Bench]) -> None:
        draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
        one = bench().watch(load(tmp_path, live()))
        one.until(lambda: server.state().get("frames", 0) > 3)
        one.worker._reduce("cam", steps.PAUSED, WHY)
        one.until(lambda: server.state()["state"] == "paused")
        one.worker.leave()
        assert server.state()["state"] == "ended"
