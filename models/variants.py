"""The forms that a model has on this machine's processor, and the one that runs for an input shape.

`whole` is the file as it is, floats in. `fp32` is the same network with the picture's bytes in and the head decoded
outside (`models/prepare.py`): the same boxes, sooner. `int8` is a quantised one (`parvis models quantize`). The
`openvino` ones run the same two files with OpenVINO, where its extra is installed.
"""

import hashlib
import json
import logging
import platform
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import cv2
import numpy as np

from models.cache import alone, cache_folder, read_json, usable, write_json
from models.choice import Agreement, Trial, compare, decide, fastest_ms, views
from models.detections import Image
from models.errors import DeviceError, ModelError, SessionError
from models.forms import Form, open_form
from models.heads.head import Head
from models.prepare import SURGERY_VERSION, prepare, prepare_for_card
from models.registry import WEIGHTS, ModelFile, sha256
from models.runtime import Size
from models.sessions import Session

log = logging.getLogger(__name__)

VARIANTS = ("whole", "fp32", "int8", "openvino", "openvino-bf16", "openvino-int8")
"""Beside `auto`, which measures."""
CHOICE_VERSION = 1
CHECK_PICTURE = "check.png"
OPENVINO_SUFFIX = "-openvino.onnx"
"""The same network quantised as OpenVINO prefers it: between convolutions exact."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for."""

    variant: str  # "auto" or one of VARIANTS
    threads: int

    def __post_init__(self) -> None:
        if self.variant not in ("auto", *VARIANTS):
            raise DeviceError(f"unknown variant {self.variant!r}; expected auto, {', '.join(VARIANTS)}")


class Variants:
    """The forms of one model on the processor. Used under its detector's lock."""

    def __init__(self, model: ModelFile, whole: Form, head: Head, class_count: int, wanted: Wanted) -> None:
        self._model = model
        self._wanted = wanted
        self._head = head
        self._class_count = class_count
        self._folder = cache_folder() / "models"
        self._forms = {"whole": whole}
        self._missing: dict[str, str] = {}
        self._probe = whole.contents.fixed_size or (160, 160)
        if wanted.variant != "whole":
            self._prepare(whole)

    def open(self, size: Size) -> Session:
        """Return the session that runs for an input of `size`, opened and run once.

        Raises:
            SessionError: if the reference itself does not run.
        """
        wanted = self._wanted.variant
        if wanted == "auto":
            return self._best(size)
        if wanted in self._forms:
            try:
                return self._open(wanted, size, "as configured")
            except (SessionError, ModelError) as error:
                self._missing[wanted] = str(error)
        reference, why = self._reference, self._missing.get(wanted, "this model has no such form")
        log.warning("model %s: runs as %s: %s: %s", self._model.name, reference, wanted, why)
        return self._open(reference, size, f"{wanted}: {why}")

    def open_on(self, card: str, size: Size) -> Session:
        """Return the session that runs on a graphics card, opened and run once.

        Raises:
            SessionError: if the card refuses.
        """
        reference = self._forms[self._reference]
        for form in (self._on_card, reference) if self._on_card is not reference else (reference,):
            try:
                return open_form(form, card, size, self._class_count)
            except SessionError as error:
                refused = error
                log.debug("model %s: %s: %s", self._model.name, form.path, error)
        raise refused

    @cached_property
    def _on_card(self) -> Form:
        """The form made for a card; the reference where there is none."""
        if self._wanted.variant == "whole":
            return self._forms["whole"]
        prepared = prepare_for_card(self._forms["whole"], self._head, self._model.sha256, self._folder, self._probe)
        if prepared.reason:
            log.debug("model %s: %s", self._model.name, prepared.reason)
        return prepared.form or self._forms[self._reference]

    @property
    def _reference(self) -> str:
        return "fp32" if "fp32" in self._forms else "whole"

    def _prepare(self, whole: Form) -> None:
        prepared = prepare(whole, self._head, self._model.sha256, self._folder, self._probe)
        if prepared.reason:
            self._missing["fp32"] = prepared.reason
            log.debug("model %s: %s", self._model.name, prepared.reason)  # speed only; the status says it
        if prepared.form is None:
            return
        self._forms["fp32"] = prepared.form
        quantised = self._quantised()
        if quantised is not None:
            self._forms["int8"] = replace(
                prepared.form, name="int8", path=quantised, contents=whole.runtime.contents(quantised)
            )
        if not self._fits("int8"):
            state = "comes of other pictures, so it runs only if named" if quantised else "is not there"
            self._missing["int8"] = f"{state}; make it with: parvis models quantize {self._model.name} --footage …"
        self._add_openvino()

    def _add_openvino(self) -> None:
        """Let OpenVINO run the same files, where it is installed."""
        try:
            from models.openvino_runtime import OpenVinoRuntime  # an extra
        except ImportError:
            for name in VARIANTS[3:]:
                self._missing[name] = "OpenVINO is not installed; it comes with the extra openvino"
            return
        threads = self._wanted.threads
        exact = OpenVinoRuntime(threads)
        self._forms["openvino"] = replace(self._forms["fp32"], name="openvino", runtime=exact)
        if "int8" in self._forms:
            int8 = self._forms["int8"]
            beside = int8.path.with_name(int8.path.stem + OPENVINO_SUFFIX)
            path = beside if beside.exists() else int8.path
            self._forms["openvino-int8"] = replace(int8, name="openvino-int8", path=path, runtime=exact)
        bf16 = OpenVinoRuntime(threads, "bf16")
        if bf16.has_bf16:
            self._forms["openvino-bf16"] = replace(self._forms["fp32"], name="openvino-bf16", runtime=bf16)
        else:
            self._missing["openvino-bf16"] = "this processor does not calculate in bfloat16"

    def _fits(self, name: str) -> bool:
        """Return whether a form may be chosen unasked: a quantised one only where it was made from one's own pictures.

        Elsewhere its small errors are not known: calibrated on walkers, it may lose far riders.
        """
        return not name.endswith("int8") or quantised_path(self._model).exists()

    def _quantised(self) -> Path | None:
        own = quantised_path(self._model)
        return own if own.exists() else self._model.int8

    def _open(self, name: str, size: Size, reason: str) -> Session:
        return open_form(self._forms[name], "cpu", size, self._class_count, reason)

    def _best(self, size: Size) -> Session:
        names = [self._reference, *(name for name in self._forms if name not in ("whole", "fp32") and self._fits(name))]
        if len(names) == 1:
            return self._open(names[0], size, self._why_alone())
        path = self._folder / "choices" / f"{self._key(names, size)}.json"
        if not usable(path.parent):
            return self._open(names[0], size, f"{path.parent}: cannot be written, so that a choice cannot be kept")
        with alone(path):  # the workers of a site start together, and must choose alike
            known = read_json(path)
            if known is not None and known.get("variant") in names:
                return self._open(str(known["variant"]), size, str(known.get("why", "")))
            return self._measured(path, names, size)

    def _why_alone(self) -> str:
        """Return why there is nothing to choose from; what several forms lack is said once."""
        names = {why: name for name, why in reversed(self._missing.items())}
        return "; ".join(f"{name}: {why}" for why, name in reversed(names.items())) or "the only form"

    def _measured(self, path: Path, names: list[str], size: Size) -> Session:
        sessions, trials = self._try(names, size)
        variant, why = decide(trials)
        write_json(path, {"variant": variant, "why": why, "size": size, "trials": [asdict(one) for one in trials]})
        log.info("model %s at %dx%d: %s: %s", self._model.name, *size, variant, why)
        return replace(sessions[variant], reason=why)

    def _try(self, names: list[str], size: Size) -> tuple[dict[str, Session], list[Trial]]:
        """Return the sessions that open, and a trial of each name, the reference first."""
        sessions = {names[0]: self._open(names[0], size, "")}
        faults: dict[str, str] = {}
        agreements: dict[str, Agreement] = {}
        pictures = views(check_picture(self._model))
        for name in names[1:]:
            try:
                session = self._open(name, size, "")
                agreements[name] = compare(sessions[names[0]], session, pictures)
            except (SessionError, ModelError) as error:
                faults[name] = str(error)
                continue
            fault = agreements[name].fault
            if fault:
                faults[name] = fault
            else:
                sessions[name] = session
        times = dict(zip(sessions, fastest_ms(list(sessions.values()), pictures[0]), strict=True))
        return sessions, [
            Trial(name, round(times.get(name, 0.0), 2), agreements.get(name), faults.get(name)) for name in names
        ]

    def _key(self, names: list[str], size: Size) -> str:
        """Return what a choice holds for: this machine, these files and libraries, this shape."""
        facts = {
            "version": (CHOICE_VERSION, SURGERY_VERSION),
            "processor": processor(),
            "model": self._model.sha256,
            "forms": [[name, _content(self._forms[name].path), self._forms[name].runtime.settings()] for name in names],
            "size": size,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def quantised_path(model: ModelFile) -> Path:
    """Return where the user's own quantised form of a model is kept."""
    return cache_folder() / "models" / "quantised" / f"{model.sha256[:20]}.onnx"


@cache
def processor() -> str:
    """Return the processor's name, as exactly as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    facts = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    wanted = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "Features")
    return "|".join(facts.get(key, "") for key in wanted)


@cache
def _content(path: Path) -> str:
    return sha256(path)


def check_picture(model: ModelFile) -> Image:
    """Return the picture that a model is checked with; the shipped one where it has none."""
    path = model.path.parent / str(model.check.get("picture", ""))
    picture = cv2.imread(str(path)) if path.is_file() else None
    if picture is None:
        picture = cv2.imread(str(WEIGHTS / CHECK_PICTURE))
    if picture is None:
        raise ModelError(f"{WEIGHTS / CHECK_PICTURE}: cannot be read; expected the check picture")
    return np.asarray(picture, np.uint8)
