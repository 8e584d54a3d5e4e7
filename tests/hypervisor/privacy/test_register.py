"""The documents say what the configuration makes Parvis do, and change with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from hypervisor.privacy import documents, places
from hypervisor.privacy.facts import Answerable, Facts
from pipeline.config_file import load_config
from tests.sites import camera, load

ROOT = Path(__file__).parents[3]
WATCHED = {"id": "left", "points": [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]], "measures": ["deposits"]}


def facts(folder: Path, *cameras: dict[str, Any], who: Answerable | None = None, **fields: Any) -> Facts:
    return Facts.of(load(folder, *cameras, **fields).site, who or Answerable("Ville", "dpo@ville.example", "A. Dupont"))


def everything(one: Facts) -> str:
    return documents.record(one, "2026-03-02") + documents.notice_fr(one) + documents.notice_en(one)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_camera_of_every_example_is_in_the_record_and_on_the_map(path: Path) -> None:
    one = Facts.of(load_config(path).site, Answerable())
    record = documents.record(one, "2026-03-02")
    assert [camera.id for camera in one.site.cameras if (camera.name or camera.id) not in record] == []
    told = places.cameras(one)
    assert [feature["id"] for feature in told["features"]] == [camera.id for camera in one.site.cameras]
    assert "rtsp" not in json.dumps(told) + everything(one)
    assert "PASSWORD" not in json.dumps(told) + everything(one)


def test_what_only_the_controller_can_say_is_left_open_and_found(tmp_path: Path) -> None:
    unsaid = facts(tmp_path, camera(purpose="statistics"), who=Answerable())
    assert documents.record(unsaid, "2026-03-02").count(documents.OPEN_FR) >= 5
    assert documents.OPEN_FR in documents.notice_fr(unsaid)
    said = facts(tmp_path, camera(purpose="statistics"))
    assert documents.OPEN_FR not in documents.notice_fr(said)
    assert documents.OPEN_EN not in documents.notice_en(said)
    assert "dpo@ville.example" in documents.notice_en(said)


def test_statistics_are_called_statistics_and_nothing_is_said_of_single_passages(tmp_path: Path) -> None:
    text = everything(facts(tmp_path, camera(purpose="statistics")))
    assert "seuls des totaux de 15 minutes au moins" in text
    assert "passages isolés" not in text
    assert "single passages" not in text
    assert "à la minute" not in text


def test_operations_name_their_legal_basis_and_what_it_brings(tmp_path: Path) -> None:
    basis = {"reference": "arrêté 2026-12", "controller": "Mairie", "dpia_ref": "AIPD-7"}
    text = everything(facts(tmp_path, camera(legal_basis=basis), who=Answerable()))
    for fact in ("arrêté 2026-12", "AIPD-7", "Mairie", "passages isolés : 48 h", "single passages: 48 h"):
        assert fact in text


@pytest.mark.parametrize(
    ("retention", "fields", "said", "not_said"),
    [
        ({"evidence_days": 12}, {}, "images du sol : 12 jours", "trajectoires"),
        ({"evidence_days": 0}, {}, "dépôts (objets) : 1861 jours", "images du sol"),
        ({"tracks_days": 3, "evidence_days": 0}, {}, "trajectoires : 3 jours", "images du sol"),
        ({}, {"retention": {"hours_d": 90, "quarters_d": 7, "history_d": 31}}, "à l'heure 90 jours", "400 jours,"),
    ],
)
def test_ends_are_those_of_the_configuration(
    tmp_path: Path, retention: dict[str, Any], fields: dict[str, Any], said: str, not_said: str
) -> None:
    text = everything(facts(tmp_path, camera(zones=[WATCHED], retention=retention), **fields))
    assert said in text
    assert not_said not in text
