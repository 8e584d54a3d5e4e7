"""How a camera's pictures are decoded, as configured: frozen pydantic models, no I/O."""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.schema import Strict


class DecodeConfig(Strict):
    """How pictures are decoded. The defaults leave nothing out that a look could see."""

    door: Literal["auto", "opencv", "pyav"] = Field(
        default="auto",
        description="library that decodes; `auto`: PyAV for files and addresses, OpenCV for devices and for what PyAV cannot open",
    )
    loop_filter: Literal["auto", "exact", "skip"] = Field(
        default="auto",
        description="`skip` leaves out H.264's and HEVC's smoothing of block edges: about a quarter less CPU, an error that grows until the next keyframe; `auto` is `exact`",
    )
    frames: Literal["auto", "all", "keyframes"] = Field(
        default="auto",
        description="`keyframes` decodes only those; `auto` does so on live cameras while they come twice as often as the detector looks, and otherwise decodes all",
    )
    hardware: Literal["none", "auto", "cuda", "vaapi", "qsv", "videotoolbox"] = Field(
        default="none",
        description="device that decodes; what it cannot do the CPU does, and the camera's state says so; `auto`: the first there is, live cameras only",
    )

    @model_validator(mode="after")
    def _opencv_can(self) -> "DecodeConfig":
        if self.door == "opencv":
            for key, plain in (("loop_filter", "exact"), ("frames", "all"), ("hardware", "none")):
                if getattr(self, key) not in ("auto", plain):
                    raise ValueError(f"{key}: OpenCV cannot {getattr(self, key)}; expected {plain}, or door: pyav")
        return self
