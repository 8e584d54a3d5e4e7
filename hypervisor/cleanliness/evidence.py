"""Pictures of a deposit, where the purpose of its camera allows them and they are still kept."""

import logging
import re
from pathlib import Path
from typing import Literal

from hypervisor.cleanliness.deposits import Deposit
from hypervisor.problems import Refusal
from pipeline.observation import CameraDescription

Moment = Literal["before", "after", "cleared"]

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,199}")
_log = logging.getLogger(__name__)


def picture(deposit: Deposit, camera: CameraDescription, moment: Moment, folder: Path | None) -> bytes:
    """Return a JPEG picture of the deposit's surroundings, without people; each look is logged.

    Raises:
        Refusal: if the purpose forbids it, or there is none.
    """
    if camera.purpose != "operations":
        raise Refusal(
            "purpose-forbids-image", f"camera {camera.id!r} is there for statistics: no picture leaves its worker"
        )
    names = [str(one.detail["evidence"]) for one in deposit.told if one.detail["evidence"]]
    if folder is None or not names or not _NAME.fullmatch(names[-1]):
        raise Refusal("no-evidence", f"no picture of deposit {deposit.id!r} is kept here")
    try:
        found = (folder / camera.id / "evidence" / f"{names[-1]}-{moment}.jpg").read_bytes()
    except OSError:
        raise Refusal("no-evidence", f"the picture {moment!r} of deposit {deposit.id!r} is not kept") from None
    _log.info("the picture %r of deposit %s was shown", moment, deposit.id)
    return found
