"""What is told when the condition of a camera changes."""

from pipeline.observation import Condition

SUSPENDED = "its figures are suspended"
CONDITIONS: dict[Condition, str] = {
    "ok": "the picture is well again; figures go on",
    "moved": f"the camera was moved: {SUSPENDED} until it is steady",
    "blurred": f"the picture is out of focus: {SUSPENDED}",
    "masked": f"something covers most of the picture: {SUSPENDED}",
    "blinded": f"nothing can be seen in the picture: {SUSPENDED}",
    "frozen": f"the picture does not change any more: {SUSPENDED}",
}
AFTER_A_MOVE = "the picture is steady again after a move; figures go on, but lines and zones may no longer fit"


def text_of(before: Condition, now: Condition) -> str:
    """Return what a change means, for people."""
    return AFTER_A_MOVE if (before, now) == ("moved", "ok") else CONDITIONS[now]
