"""Values written as YAML by hand: on one line where they are short, else as the examples in `configs/` are written."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

SHORT = 110
"""What is written on one line, at most, where it could also take several."""

_PLAIN = re.compile(r"(?:[A-Za-z_]|/|\.{1,2}/)[A-Za-z0-9_./-]*")
_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def flow(value: Any, quote: str = "") -> str:
    """Return a value as YAML on one line; `quote`: how text was quoted before."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if is_list(value):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if not quote and _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    # JSON's text is YAML's, except for what YAML does not print.
    return "".join(one if one.isprintable() else _escaped(one) for one in json.dumps(value, ensure_ascii=False))


def _escaped(character: str) -> str:
    number = ord(character)
    return f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"


def block(value: Any, column: int) -> list[str]:
    """Return a mapping or list over several lines; the first stands where it is put, the others at `column`."""
    pad, rows = " " * column, []
    if isinstance(value, Mapping):
        for key, one in value.items():
            rows += [f"{pad}{row}" for row in pair(key, one, 0)]
    else:
        for one in value:
            first, *rest = block(one, 2) if is_long(one) else [flow(one)]
            rows += [f"{pad}- {first}", *(f"{pad}{row}" for row in rest)]
    return [rows[0][column:], *rows[1:]]


def pair(key: str, value: Any, column: int) -> list[str]:
    """Return `key: value`, over several lines where it is long."""
    pad = " " * column
    if not is_long(value):
        return [f"{pad}{flow(key)}: {flow(value)}"]
    first, *rest = block(value, column + 2)
    return [f"{pad}{flow(key)}:", f"{pad}  {first}", *rest]


def is_long(value: Any) -> bool:
    """Tell whether a value gets several lines: what holds lists of things with ids, or is long."""
    if not value or not (isinstance(value, Mapping) or is_list(value)):
        return False
    if is_list(value) and any(isinstance(one, Mapping) for one in value):
        return True
    return len(flow(value)) > SHORT or (isinstance(value, Mapping) and any(is_long(one) for one in value.values()))


def is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
