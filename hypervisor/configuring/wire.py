"""The configuration as the API tells and takes it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from hypervisor.configuring.proposal import Told as Doubt
from hypervisor.configuring.versions import Version
from hypervisor.strict import Body

CameraBody = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "description": "a camera as the file has it (docs/configuration.md); `***` in an address: as it is",
            "properties": {"id": {"type": "string"}, "source": {"type": "string"}},
            "additionalProperties": True,
        }
    ),
]


class Answer(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class Note(Answer):
    """A fault or a warning."""

    line: int | None = Field(description="line (1-based) in the file as it is, or as it would be", examples=[12])
    field: str = Field(description="dotted; from the camera on where one is asked for", examples=["lines.0.to"])
    text: str = Field(description="what is wrong, and what was expected")

    @staticmethod
    def of(doubt: Doubt) -> "Note":
        """Return what was found as it is told."""
        return Note(line=doubt.line, field=doubt.field, text=doubt.text)


class Followed(Answer):
    """What `parvis run` follows."""

    revision: str = Field(description="`revision` of the configuration that is followed")
    since: datetime
    fault: str | None = Field(description="why the file as it is now is not followed; null if it is")


class Configuration(Answer):
    """The file as it is now."""

    version: str = Field(description="12 hexadecimal digits of the file's bytes; also the ETag")
    revision: str | None = Field(description="12 hexadecimal digits of what it says; null while it has faults")
    file: str = Field(description="its name")
    yaml: str = Field(description="its text, passwords hidden")
    site: dict[str, Any] | None = Field(description="`site` as it is written; null while the file has faults")
    cameras: list[dict[str, Any]] = Field(description="each as it is written, passwords hidden")
    followed: Followed | None = Field(description="null while no `parvis run` tells")
    faults: list[Note] = Field(description="why the file cannot be used as it is")
    warnings: list[Note]


class CameraAnswer(Answer):
    """One camera of the file."""

    version: str = Field(description="of the file; also the ETag")
    camera: dict[str, Any] = Field(description="as it is written, passwords hidden")
    warnings: list[Note]


class Changed(CameraAnswer):
    """A camera that was changed."""

    diff: str = Field(description="what changed in the file: a unified diff, passwords hidden")


class Check(Body):
    """A change to be thought through."""

    camera: CameraBody


class Checked(Answer):
    """What would become of a change."""

    faults: list[Note]
    warnings: list[Note]
    diff: str = Field(description="what would change in the file: a unified diff, passwords hidden")


class SiteBody(Body):
    """What can be changed of the site; what is left out stays."""

    name: str | None = Field(default=None, max_length=200, description="name for people")
    timezone: str | None = Field(default=None, max_length=64, description="IANA time zone in which days are cut")


class SiteAnswer(Answer):
    """The site."""

    version: str = Field(description="of the file; also the ETag")
    site: dict[str, Any]
    diff: str = Field(description="what changed in the file")


class VersionItem(Answer):
    """A version of the file."""

    version: str
    at: datetime
    who: str | None = Field(description="the actor as in the audit log; null: by hand")
    what: str = Field(description="what was done", examples=["camera.change parvis-nord"])

    @staticmethod
    def of(one: Version) -> "VersionItem":
        """Return a version as it is told."""
        return VersionItem(version=one.version, at=one.at, who=one.who, what=one.what)


class VersionList(Answer):
    """All versions that are kept, the newest first."""

    items: list[VersionItem]


class VersionAnswer(Answer):
    """One version."""

    version: str
    yaml: str = Field(description="its text, passwords hidden")
    diff: str = Field(description="what restoring it would change in the file as it is now, passwords hidden")
    faults: list[Note] = Field(description="why it cannot be restored")


class Restored(Answer):
    """The file after it was restored."""

    version: str
    diff: str
