"""Quantise a model on pictures of the places where it will look, hold it against the exact one, and keep it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models.cache import write_file, write_json
from models.choice import Agreement, compare
from models.detections import Image
from models.errors import ModelError
from models.forms import Form, open_form
from models.heads.head import FloatArray
from models.letterbox import Canvas, input_size, place
from models.onnx_runtime import OnnxRuntime
from models.prepare import prepare
from models.quantize import Network, exposed, observe, quantised
from models.refit import refit
from models.registry import ModelFile
from models.runtime import Size
from models.surgery import output_names
from models.variants import OPENVINO_SUFFIX, quantised_path

SHARES = (1.0, 0.5)
"""Inputs for which pictures are taken, as parts of the model's own."""
LEAST_PICTURES = 8

Progress = Callable[[str], None]


class DisagreementError(ModelError):
    """The quantised model does not find what the exact one finds; nothing was kept."""


@dataclass(frozen=True, slots=True)
class Quantised:
    """What was made, and how it agrees with the exact model on pictures that it was not made from."""

    path: Path
    bytes: int
    pictures: int
    held_out: int
    agreements: dict[Size, Agreement]


def quantise(
    model: ModelFile, pictures: Sequence[Image], input_px: int, say: Progress, force: bool = False
) -> Quantised:
    """Quantise a model, verify it, and keep it where `models/variants.py` looks for it.

    Args:
        model: from the registry, or the user's own.
        pictures: of the places where it will look; every other one is held out to verify with.
        input_px: longer side of its input.
        say: takes what is being done.
        force: keep it even where it does not agree.

    Raises:
        ModelError: if the network is not understood, there are too few pictures, or it does not agree.
    """
    if len(pictures) < LEAST_PICTURES:
        raise ModelError(f"{len(pictures)} pictures; expected {LEAST_PICTURES} at least")
    exact = _exact(model)
    used, held_out = pictures[::2], pictures[1::2]
    say(f"observing {len(used)} pictures")
    network = Network.read(exact.path)
    observe(network, _answers(exact, exposed(exact.path, network.tensors), used, input_px))
    path = quantised_path(model)
    for target, only_convolutions in ((path, False), (path.with_name(path.stem + OPENVINO_SUFFIX), True)):
        say(f"fitting the last convolutions of {target.name}")
        content = quantised(network, only_convolutions)
        fitted = refit(content, lambda file: _answers(exact, file, used, input_px), exact.path.read_bytes())
        write_file(target, fitted)
    say(f"comparing on {len(held_out)} other pictures")
    form = Form("int8", exact.runtime, path, exact.runtime.contents(path))
    agreements = {size: _agreement(exact, form, size, held_out) for size in _sizes(held_out, input_px)}
    faults = [f"{w}x{h}: {one.fault}" for (w, h), one in agreements.items() if one.fault]
    if faults and not force:
        for target in path.parent.glob(f"{path.stem}*.onnx"):
            target.unlink()
        raise DisagreementError(f"model {model.name}: {'; '.join(faults)}; expected other pictures, or more of them")
    made = Quantised(path, path.stat().st_size, len(used), len(held_out), agreements)
    write_json(
        path.with_suffix(".json"),
        {"model": model.name, "sha256": model.sha256, "pictures": len(used), "held_out": len(held_out),
         "agreements": [{"size": size, **asdict(one)} for size, one in agreements.items()]},
    )  # fmt: skip
    return made


def _exact(model: ModelFile) -> Form:
    runtime = OnnxRuntime()
    whole = Form("whole", runtime, model.path, runtime.contents(model.path))
    size = whole.contents.fixed_size or (160, 160)
    head = open_form(whole, "cpu", size, None).head
    prepared = prepare(whole, head, model.sha256, quantised_path(model).parents[1], size)
    if prepared.form is None or prepared.reason:
        raise ModelError(f"model {model.name}: {prepared.reason}; expected a head that can be cut (YOLOv8, YOLO11)")
    return prepared.form


def _sizes(pictures: Sequence[Image], input_px: int) -> list[Size]:
    """Return the inputs that these pictures get, each once."""
    return list(dict.fromkeys(
        input_size((picture.shape[1], picture.shape[0]), round(input_px * share))
        for share in SHARES for picture in pictures
    ))  # fmt: skip


def _answers(form: Form, content: bytes, pictures: Sequence[Image], input_px: int) -> Iterator[dict[str, FloatArray]]:
    """Yield all outputs of a file, by name, for each picture; the pictures take turns with the inputs' sizes."""
    names = output_names(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(content)
        runs: dict[Size, Callable[..., list[FloatArray]]] = {}
        for number, picture in enumerate(pictures):
            source = (picture.shape[1], picture.shape[0])
            size = form.contents.fixed_size or input_size(source, round(input_px * SHARES[number % len(SHARES)]))
            if size not in runs:
                runs[size] = form.runtime.open(path, form.contents, "cpu", size)
            canvas = Canvas(place(source, size))
            canvas.letterbox(picture)
            yield dict(zip(names, runs[size](canvas.bytes_blob()), strict=True))


def _agreement(exact: Form, form: Form, size: Size, pictures: Sequence[Image]) -> Agreement:
    return compare(open_form(exact, "cpu", size, None), open_form(form, "cpu", size, None), pictures)
