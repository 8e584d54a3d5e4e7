"""A form of a model: which file, run by which library; and how it is opened."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.heads.head import FloatArray, Head
from models.heads.identify import identify
from models.letterbox import Canvas
from models.runtime import Contents, Runtime, Size, about
from models.sessions import Session


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """One way to run a model."""

    name: str  # one of `models.variants.VARIANTS`
    runtime: Runtime
    path: Path
    contents: Contents
    head: Head | None = None  # None: its outputs show it


def open_form(form: Form, device: str, size: Size, class_count: int | None, reason: str = "") -> Session:
    """Return a session that has run once.

    Raises:
        SessionError: if the device refuses.
        UnsupportedModelError: if its outputs are not understood.
    """
    run = form.runtime.open(form.path, form.contents, device, size)
    kind = np.uint8 if form.contents.takes_bytes else np.float32
    outputs = run(np.zeros((1, 3, size[1], size[0]), kind))
    with about(form.path):
        head = form.head or identify([output.shape for output in outputs], size, class_count)

    def floats(canvas: Canvas) -> list[FloatArray]:
        return run(canvas.float_blob(rgb=head.rgb, scale=head.scale))

    def pixels(canvas: Canvas) -> list[FloatArray]:
        return run(canvas.bytes_blob())

    return Session(device, size, head, pixels if form.contents.takes_bytes else floats, form.name, reason)
