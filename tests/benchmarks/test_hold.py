"""Real-time cameras, watched from outside: the real `parvis run` and what is made of its figures."""

from pathlib import Path

from benchmarks.hold import Held, Hold, hold
from tests.sites import camera, draw_walk, to_and_fro, write_site


def test_cameras_in_real_time_are_watched_through_the_embedded_server(tmp_path: Path) -> None:
    clip = draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    config = write_site(tmp_path, camera(recorded_at=None), detector={"fps": 5})
    found = hold(config, clip, 2, 4)
    assert [state.state for state in found.states] == ["running", "running"]
    assert found.fps_wanted == 10
    assert found.worst < 0.3
    assert found.due >= found.made > 0
    assert found.cpu_s > 0
    assert found.memory_mib > 20
    rows = {row.metric for row in Held(found, found).rows()}
    assert {"dropped_looks", "pss_per_additional_camera", "worst_departure_of_rate"} <= rows
    assert "pss_growth_after_five_minutes" not in rows, "the run was too short to say"


def test_growth_is_told_of_long_runs_only_and_is_between_medians() -> None:
    run = Hold("clip.mp4", "", 1, seconds=1800.0)
    run.pss_mib = [(float(at_s), 100.0 + (at_s >= 1500) * 3 + (at_s < 300) * 50) for at_s in range(0, 1800, 10)]
    assert run.growth_mib == 3.0


def test_additional_memory_is_shared_by_the_additional_cameras() -> None:
    alone, many = Hold("c", "", 1, 60.0), Hold("c", "", 5, 60.0)
    alone.pss_mib, many.pss_mib = [(0.0, 100.0)], [(0.0, 220.0)]
    values = {row.metric: row.value for row in Held(alone, many).rows()}
    assert values["pss_per_additional_camera"] == 30.0
