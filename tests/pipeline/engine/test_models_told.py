"""Which models a site uses is told beside its configuration."""

from datetime import UTC, datetime
from pathlib import Path

from redis import Redis

from models.registry import UNSTATED, read_manifest
from pipeline import keys
from pipeline.config_file import load_config
from pipeline.engine.follow import ConfigTeller
from pipeline.engine.models_told import models_told
from pipeline.engine.throttle import Spent
from pipeline.observation import ModelsTold
from pipeline.redis_client import connect
from tests.running import until

DEMO = Path(__file__).parents[3] / "configs" / "demo.yaml"


def test_the_registry_says_what_a_model_is_and_the_workers_what_a_look_costs() -> None:
    (model,) = models_told(load_config(DEMO), {"parvis-nord": 41.5}).models
    known = read_manifest()["yolov8n"]
    assert (model.name, model.sha256, model.licence) == ("yolov8n", known.sha256, known.licence)
    assert (model.classes, model.look_cpu_ms) == (80, {"parvis-nord": 41.5})


def test_a_model_of_ones_own_is_unstated_and_one_that_vanished_has_no_hash(tmp_path: Path) -> None:
    (tmp_path / "own.onnx").write_bytes(b"not read here")
    text = DEMO.read_text(encoding="utf-8").replace("yolov8n", "own.onnx")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    loaded = load_config(tmp_path / "site.yaml")
    (model,) = models_told(loaded, {}).models
    assert (model.name, model.licence, model.look_cpu_ms) == ("own", UNSTATED, {"parvis-nord": None})
    assert len(model.sha256) == 64


def test_a_look_costs_nothing_before_the_first() -> None:
    assert Spent().look_cpu_ms is None
    assert Spent(detect_s=1.0, looks=8).look_cpu_ms == 125.0


def test_what_is_told_is_in_the_store(valkey_url: str, tmp_path: Path) -> None:
    told = ModelsTold(updated_at=datetime(2026, 3, 2, tzinfo=UTC), models=())
    teller = ConfigTeller(lambda: connect(valkey_url, tmp_path), load_config(DEMO).site, lambda: told)
    teller.start()
    with Redis.from_url(valkey_url, decode_responses=True) as redis:
        until(lambda: redis.exists(keys.MODELS))
        assert ModelsTold.model_validate_json(str(redis.get(keys.MODELS))) == told
        assert 0 < redis.ttl(keys.MODELS) <= 60
    teller.end()
