"""A configuration as it may be shown: with every password in it replaced by `***`, and `${NAME}` as it is written."""

import re
from collections.abc import Mapping
from typing import Any

from pipeline.config_edit import CannotEdit, scalars
from pipeline.redaction import SECRET_PARAMETER
from pipeline.yaml_text import flow, is_list

HIDDEN = "***"
SOURCES = ("source", "substream")

_PASSWORD = re.compile(r"(?i)([a-z][a-z0-9+.-]*:[/\\]{1,2}[^\s/:@?'\"]*):([^\n]*)@")
_WITHOUT_SCHEME = re.compile(
    r"^([^\s/:@]*):(?!//)([^\n]*)@"
)  # an address that lost its scheme may still hold a password
_WITHIN = re.compile(r"([^\s:@'\"]*):(?!//)([^\s@]+)@")  # the same, somewhere in a line
_REFERENCES = re.compile(r"(?:\$\{[A-Za-z_]\w*\})+")


def shown(text: str) -> str:
    """Return a text without the passwords of its addresses: in a line, all between a user and the last @ is hidden."""
    text = _PASSWORD.sub(lambda found: f"{found[1]}:{_hidden(found[2])}@", text)
    return SECRET_PARAMETER.sub(lambda found: f"{found[1]}{_hidden(found[0][len(found[1]) :])}", text)


def shown_source(text: str) -> str:
    """Return a camera's source without its password, be the address broken."""
    return _WITHOUT_SCHEME.sub(lambda found: f"{found[1]}:{_hidden(found[2])}@", shown(text))


def shown_value(value: Any, key: str = "") -> Any:
    """Return what a file holds, or part of it, in the same way."""
    if isinstance(value, Mapping):
        return {name: shown_value(one, name) for name, one in value.items()}
    if is_list(value):
        return [shown_value(one) for one in value]
    if not isinstance(value, str):
        return value
    return shown_source(value) if key in SOURCES else shown(value)


def shown_yaml(text: str) -> str:
    """Return the text of a file in the same way: values, comments, and whatever no longer is YAML."""
    try:
        found = scalars(text)
    except CannotEdit:
        return _WITHIN.sub(lambda found: f"{found[1]}:{_hidden(found[2])}@", shown(text))
    for start, end, value, quote in reversed(found):
        hidden = shown_source(value)  # of a name with an @ too much is hidden, rather than too little of a source
        if hidden != value:
            text = text[:start] + flow(hidden, quote) + text[end:]
    return "".join(_comment(line) for line in text.splitlines(keepends=True))


def restored(given: Any, known: Any, key: str = "") -> Any:
    """Return what somebody sends back, with what was hidden from them as it was: `***` at the same place, unchanged."""
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        return {name: restored(one, known.get(name), name) for name, one in given.items()}
    if is_list(given) and is_list(known) and len(given) == len(known):
        return [restored(one, other) for one, other in zip(given, known, strict=True)]
    return known if HIDDEN in str(given) and isinstance(known, str) and given == shown_value(known, key) else given


def _comment(line: str) -> str:
    before, mark, comment = line.partition("#")
    return before + mark + shown(comment) if "://" in comment else line


def _hidden(secret: str) -> str:
    return secret if _REFERENCES.fullmatch(secret) or secret == HIDDEN else HIDDEN
