"""What the configuration says of the detector: for the site, and for one camera where it differs."""

from typing import Literal

from pydantic import Field, field_validator

from pipeline.schema import Strict


class DetectorConfig(Strict):
    """The model and how often it looks."""

    model: str = Field(
        default="yolov8n",
        description="name of a model that `parvis models list` shows, or a path to an ONNX file",
    )
    device: Literal["auto", "tensorrt", "cuda", "cpu"] = Field(
        default="auto",
        description="`auto` tries TensorRT, CUDA, then the CPU; a named device falls back to the CPU, and says so",
    )
    variant: Literal["auto", "whole", "fp32", "int8", "openvino", "openvino-bf16", "openvino-int8"] = Field(
        default="auto",
        description="form of the model on the CPU: `auto` takes the fastest that sees what the exact one sees, measured once a machine; `whole` is the file as it is, `fp32` the same with bytes in and its head cut, `int8` a quantised one; the `openvino` ones need that extra",
    )
    input: int | Literal["auto"] = Field(
        default="auto",
        description="longer side of the detector's input, px; `auto`: the model's own (640), half as much again for pictures wider than 800 px, where far objects are small",
    )
    score: float = Field(default=0.3, ge=0.01, le=1.0, description="detections at or above it may start a track")
    fps: float | Literal["auto", "adaptive"] = Field(
        default="auto",
        description="detections per second; `auto`: every frame up to 15 a second (a 30 fps camera is looked at every other frame); `adaptive`: 1.5 to 10, as often as the scene needs and no oftener",
    )

    region: Literal["whole", "places"] = Field(
        default="whole",
        description="where it looks: in the whole picture, or in the part that lines and zones need, in quarters of it, which costs less where they lie close together",
    )
    tiles: int = Field(
        default=1,
        ge=1,
        le=4,
        description="pieces in which it looks, one after the other, each with the whole input: finds smaller objects, at so many times the cost",
    )

    @field_validator("input")
    @classmethod
    def _sensible(cls, value: int | str) -> int | str:
        return _sensible_input(value)

    @field_validator("fps")
    @classmethod
    def _positive(cls, value: float | str) -> float | str:
        return _sensible_fps(value)


class CameraDetectorConfig(Strict):
    """What this camera's detector does otherwise than the site's; what is left out is as there."""

    model: str | None = Field(default=None, description="another model for this camera")
    input: int | Literal["auto"] | None = Field(default=None, description="another longer side of its input, px")
    score: float | None = Field(default=None, ge=0.01, le=1.0, description="another score from which a track may start")
    fps: float | Literal["auto", "adaptive"] | None = Field(
        default=None, description="another number of detections per second"
    )
    region: Literal["whole", "places"] | None = Field(default=None, description="another part of the picture")
    tiles: int | None = Field(default=None, ge=1, le=4, description="another number of pieces")

    @field_validator("input")
    @classmethod
    def _sensible(cls, value: int | str | None) -> int | str | None:
        return value if value is None else _sensible_input(value)

    @field_validator("fps")
    @classmethod
    def _positive(cls, value: float | str | None) -> float | str | None:
        return value if value is None else _sensible_fps(value)


def _sensible_input(value: int | str) -> int | str:
    if not isinstance(value, str) and not 96 <= value <= 2560:
        raise ValueError("expected 96 to 2560 px, or auto")
    return value


def _sensible_fps(value: float | str) -> float | str:
    if not isinstance(value, str) and not 0.05 <= value <= 120:
        raise ValueError("expected 0.05 to 120 detections per second, auto or adaptive")
    return value
