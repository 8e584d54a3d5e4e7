"""Class names: those of COCO, and those that an ONNX file carries in its metadata."""

import ast
import re

from models.errors import UnsupportedModelError

COCO = tuple(
    """
    person|bicycle|car|motorcycle|airplane|bus|train|truck|boat|traffic light|fire hydrant|stop sign|parking meter
    |bench|bird|cat|dog|horse|sheep|cow|elephant|bear|zebra|giraffe|backpack|umbrella|handbag|tie|suitcase|frisbee
    |skis|snowboard|sports ball|kite|baseball bat|baseball glove|skateboard|surfboard|tennis racket|bottle|wine glass
    |cup|fork|knife|spoon|bowl|banana|apple|sandwich|orange|broccoli|carrot|hot dog|pizza|donut|cake|chair|couch
    |potted plant|bed|dining table|toilet|tv|laptop|mouse|remote|keyboard|cell phone|microwave|oven|toaster|sink
    |refrigerator|book|clock|vase|scissors|teddy bear|hair drier|toothbrush
    """.strip()
    .replace("\n    |", "|")
    .split("|")
)
"""The 80 classes on which most public detectors are trained, in their usual order."""


def parse_names(text: str | None) -> tuple[str, ...] | None:
    """Return the names that Ultralytics writes as `{0: 'person', 1: 'bicycle'}` or `['person', 'bicycle']`.

    None stays None: the file names no classes.

    Raises:
        UnsupportedModelError: if the text has another form, or the numbers have gaps.
    """
    if text is None:
        return None
    try:
        names = ast.literal_eval(text)
        ordered = [names[number] for number in range(len(names))]
    except (ValueError, SyntaxError, KeyError, TypeError) as error:
        raise UnsupportedModelError(
            f"metadata: names is {text[:60]!r}; expected class names by number, as in {{0: 'person'}}"
        ) from error
    return tuple(str(name) for name in ordered)


def parse_input_px(text: str | None) -> int | None:
    """Return the longer side of the input that Ultralytics writes as `[640, 640]` or `640`, px; None if unstated."""
    return max(map(int, re.findall(r"\d+", text or "")), default=None)


def guess_names(class_count: int | None) -> tuple[str, ...]:
    """Return names for a model that states none: COCO's for 80 classes, else class0, class1, …

    Raises:
        UnsupportedModelError: if the output does not show how many classes there are.
    """
    if class_count is None:
        raise UnsupportedModelError("the file names no classes, and its output does not show how many there are")
    return COCO if class_count == len(COCO) else tuple(f"class{number}" for number in range(class_count))
