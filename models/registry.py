"""The models that come with the project, and the user's own files."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import ModelFileError, UnknownModelError

WEIGHTS = Path(__file__).parent / "weights"
MANIFEST = "manifest.json"
SCHEMA = "parvis.models/1"
UNSTATED = "unstated"
"""Licence and source of a file that nobody described."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model, and what is known of it."""

    name: str
    path: Path
    sha256: str
    input_px: int | None = None  # longer side of the input; None: as the file says
    large_px: int | None = None  # the same for large pictures; None: half as much again
    labels: tuple[str, ...] | None = None  # class names; None: as the file says
    head: str | None = None  # head family; None: as the outputs show
    licence: str = UNSTATED
    source: str = UNSTATED
    export: str = UNSTATED  # the command that made it
    versions: Mapping[str, str] = field(default_factory=dict)  # of the tools that made it
    parity: Mapping[str, float] = field(default_factory=dict)  # largest differences to the source model
    check: Mapping[str, Any] = field(default_factory=dict)  # a picture, and what the source model sees in it
    variant: str = "fp32"  # form that runs on the processor: "auto" or one of `models.variants.VARIANTS`
    int8: Path | None = None  # its quantised form, if it comes with one
    int8_sha256: str | None = None


def read_manifest(weights: Path = WEIGHTS) -> dict[str, ModelFile]:
    """Return the models of a folder by name, files unchecked.

    Raises:
        ModelFileError: if the manifest is missing or not of this form.
    """
    path = weights / MANIFEST
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            raise ModelFileError(f"{path}: schema is {document['schema']!r}; expected {SCHEMA!r}")
        return {entry["name"]: _model(entry, weights) for entry in document["models"]}
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}); expected the list of models") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"{path}: is damaged ({type(error).__name__}: {error}); expected {SCHEMA}") from error


def resolve(name_or_path: str, weights: Path = WEIGHTS, base: Path = Path()) -> ModelFile:
    """Return the model of that name, its sha256 checked, or the user's own ONNX file.

    Args:
        name_or_path: a name from the manifest, or a path to a file `*.onnx`.
        weights: folder of the manifest.
        base: folder that relative paths start from.

    Raises:
        UnknownModelError: if it is neither.
        ModelFileError: if the file is missing or has another sha256 than the manifest says.
    """
    known = read_manifest(weights)
    if name_or_path in known:
        verify_file(known[name_or_path])
        return known[name_or_path]
    if not name_or_path.endswith(".onnx"):
        names = ", ".join(sorted(known))
        raise UnknownModelError(f"unknown model {name_or_path!r}; expected one of {names}, or a path to an .onnx file")
    path = (base / name_or_path).absolute()
    return ModelFile(name=path.stem, path=path, sha256=sha256(path))


def verify_file(model: ModelFile) -> None:
    """Check the file of a model against its sha256.

    Raises:
        ModelFileError: if it is missing or another one.
    """
    files = [(model.path, model.sha256), (model.int8, model.int8_sha256)]
    for path, expected in files:
        if path is not None and (found := sha256(path)) != expected:
            raise ModelFileError(f"{path}: sha256 is {found}; expected {expected} (model {model.name})")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits.

    Raises:
        ModelFileError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read ({error.strerror}); expected a model file") from error


def _model(entry: dict[str, Any], weights: Path) -> ModelFile:
    return ModelFile(
        name=entry["name"],
        path=weights / entry["file"],
        sha256=entry["sha256"],
        input_px=entry["input_px"],
        labels=tuple(entry["classes"]),
        head=entry["head"],
        licence=entry["licence"],
        source=entry["source"],
        export=entry["export"],
        versions=entry["versions"],
        parity=entry["parity"],
        check=entry["check"],
        int8=weights / entry["int8"]["file"] if "int8" in entry else None,
        int8_sha256=entry["int8"]["sha256"] if "int8" in entry else None,
    )
