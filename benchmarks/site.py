"""Configurations that a benchmark derives from one that is written: the same camera on other footage, or many of it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.config_file import LoadedSite, load_config, yaml_reader

RECORDED_AT = "2026-01-01T00:00:00+00:00"
RECORDED_AT_S = 1_767_225_600
"""Footage of a benchmark begins then: a full hour."""

LAWFUL = {
    "purpose": "operations",
    "legal_basis": {"reference": "benchmark on public footage", "controller": "Parvis", "dpia_ref": "none"},
}


def raw_site(config: Path) -> dict[str, Any]:
    """Return a configuration as plain containers."""
    found = _plain(yaml_reader().load(config.read_text(encoding="utf-8")))
    return dict(found)


def derived(
    config: Path, target: Path, cameras: Sequence[Mapping[str, Any]], detector: Mapping[str, Any] | None = None,
    retention: Mapping[str, Any] | None = None,
) -> LoadedSite:  # fmt: skip
    """Write the configuration with changed copies of its first camera, and the embedded server beside it.

    Args:
        config: what is measured, and with which settings.
        target: where to write it; JSON is YAML.
        cameras: what each copy has otherwise.
        detector: what the detector has otherwise.
        retention: how long the server keeps what, otherwise.

    Raises:
        ConfigError: if that is no configuration.
    """
    load_config(config)  # faults are told of the file that a user wrote
    raw = raw_site(config)
    first = raw["cameras"][0]
    raw["cameras"] = [{**first, **LAWFUL, **change} for change in cameras]
    raw["detector"] = {**_absolute(raw.get("detector", {}), config.parent), **(detector or {})}
    raw["retention"] = {**raw.get("retention", {}), **(retention or {})}
    raw |= {"redis": "embedded", "data_dir": str(target.parent / "data")}
    target.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    return load_config(target)


def settings_of(config: Path) -> str:
    """Return what a configuration asks of detector and decoder, in words: what tells one operating point from another.

    >>> settings_of(Path("configs/throughput.yaml")).startswith("fps ")
    True
    """
    raw = raw_site(config)
    told = {key: value for key, value in raw.get("detector", {}).items() if key not in ("model", "device", "score")}
    for part in ("detector", "decode"):
        told |= dict(raw["cameras"][0].get(part) or {})
    return ", ".join(f"{key} {_text(value)}" for key, value in told.items()) or "defaults"


def _text(value: Any) -> str:
    return f"{value:g}" if type(value) in (int, float) else str(value)


def _absolute(detector: Mapping[str, Any], base: Path) -> dict[str, Any]:
    model = base / str(detector.get("model", ""))
    return {**detector, **({"model": str(model.resolve())} if model.is_file() else {})}


def _plain(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {str(key): _plain(value) for key, value in raw.items()}
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return [_plain(value) for value in raw]
    return raw
