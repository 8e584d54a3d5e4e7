"""Changing a configuration file as a careful person would: what is not meant stays to the byte, comments included.

`edited` compares what the file holds with what is wanted, and replaces the text of what differs. It then reads its own
work: whatever would come out otherwise (an anchor that others use, say) is refused rather than written.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from ruamel.yaml.error import YAMLError

from pipeline.config_file import plain, yaml_reader
from pipeline.yaml_text import SHORT, block, flow, is_list, is_long, pair

_OUTSIDE = re.compile("Stream|Document")


class CannotEdit(Exception):
    """The file is written in a way (anchors, merged keys) in which this change cannot be made for sure."""


@dataclass(slots=True)
class _Part:
    """One value of the file and the span of its text."""

    kind: Literal["scalar", "mapping", "sequence", "alias"]
    start: int
    end: int
    column: int
    flow: bool = False
    quote: str = ""
    value: str = ""  # of a scalar
    items: list["_Part"] = field(default_factory=list)
    keys: list["_Part"] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Return a mapping's keys."""
        return [key.value for key in self.keys]

    def __len__(self) -> int:
        return len(self.items)


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Edited:
    """A text after a change, and what it reads as: with lines and comments."""

    text: str
    raw: Any


def edited(text: str, wanted: Mapping[str, Any]) -> Edited:
    """Return the text of a YAML file changed so that it holds `wanted`.

    Raises:
        CannotEdit: if that cannot be done for sure.
    """
    raw, root = _read(text)
    have = plain(raw)
    if same(have, wanted):
        return Edited(text, raw)
    if root is None or root.kind != "mapping":
        raise CannotEdit("the file holds no mapping")
    editor = _Editor(text, "\r\n" if "\r\n" in text else "\n")
    editor.mapping(root, have, wanted)
    new = editor.done()
    try:
        got = yaml_reader().load(new)
    except YAMLError as error:
        raise CannotEdit("the change would break the file: something else refers to what it changes") from error
    if not same(plain(got), wanted):
        raise CannotEdit("the change would reach further than it should: anchors or merged keys are in the way")
    return Edited(new, got)


def scalars(text: str) -> list[tuple[int, int, str, str]]:
    """Return start, end, value and quote of every scalar, keys included.

    Raises:
        CannotEdit: if the text is no YAML.
    """
    found, todo = [], [_read(text)[1]]
    while todo:
        part = todo.pop()
        if part is not None and part.kind == "scalar":
            found.append((part.start, part.end, part.value, part.quote))
        elif part is not None:
            todo += [*part.keys, *part.items]
    return sorted(found)


@lru_cache(maxsize=4)
def _read(text: str) -> tuple[Any, "_Part | None"]:
    """Return what a text holds, and where; nobody may change either. It is asked often while somebody draws."""
    try:
        return yaml_reader().load(text), _tree(text)
    except YAMLError as error:
        raise CannotEdit("the file is no YAML") from error


def same(one: Any, other: Any) -> bool:
    """Tell whether two values say the same; 1 and 1.0 do, 1 and true do not."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if is_list(one) and is_list(other):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


class _Editor:
    """Collects what is replaced in a text."""

    def __init__(self, text: str, newline: str) -> None:
        self._text, self._newline = text, newline
        self._cuts: list[_Cut] = []

    def done(self) -> str:
        """Return the text with everything replaced."""
        text = self._text
        # Of two at one place the inner one, which was noted first, comes first: so it is put in last.
        for _, cut in sorted(enumerate(self._cuts), key=lambda one: (one[1].start, one[1].end, one[0]), reverse=True):
            text = text[: cut.start] + cut.text + text[cut.end :]
        return text

    def mapping(self, part: _Part, have: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
        """Change a mapping key by key."""
        new = []
        for key, value in wanted.items():
            if key not in part.names:  # a merged key is overruled by one of our own
                new += [(key, value)] if key not in have or not same(have[key], value) else []
            elif not same(have[key], value):
                self._value(part, part.names.index(key), have[key], value)
        gone = {number for number, name in enumerate(part.names) if name in have and name not in wanted}
        last = self._remove(part, gone)
        if part.flow:
            self._append(last, [f"{flow(key)}: {flow(value)}" for key, value in new])
        else:
            self._below(last, [row for key, value in new for row in pair(key, value, part.column)])

    def _value(self, part: _Part, number: int, have: Any, wanted: Any) -> None:
        """Change the value of a key: inside it where that is possible, else all of it."""
        item = part.items[number]
        if self._inside(item, have, wanted):
            return
        if part.flow or not is_long(wanted) or (item.flow and item.items and len(flow(wanted)) <= SHORT):
            text = f" {flow(wanted, item.quote)}"
        else:
            first, *rest = block(wanted, part.column + 2)
            text = self._newline + self._newline.join([" " * (part.column + 2) + first, *rest])
        colon = self._text.index(":", part.keys[number].end)
        self._cuts.append(_Cut(colon + 1, max(item.end, colon + 1), text))

    def _inside(self, part: _Part, have: Any, wanted: Any) -> bool:
        """Change what lies in a value; tell whether that was possible."""
        if not wanted or not part.items:
            return False
        if part.kind == "mapping" and isinstance(wanted, Mapping) and not wanted.keys().isdisjoint(part.names):
            self.mapping(part, have, wanted)
            return True
        return part.kind == "sequence" and is_list(wanted) and self._inside_list(part, have, wanted)

    def _inside_list(self, part: _Part, have: Sequence[Any], wanted: Sequence[Any]) -> bool:
        before, after = _ids(have), _ids(wanted)
        if before and after:
            kept = [one for one in before if one in after]
            if after[: len(kept)] == kept and kept:
                self._things(part, have, wanted, kept)
                return True
            return False
        if len(have) == len(wanted):
            for item, old, new in zip(part.items, have, wanted, strict=True):
                if not same(old, new):
                    self._item(item, old, new, part.flow)
            return True
        return False

    def _things(self, part: _Part, have: Sequence[Any], wanted: Sequence[Any], kept: list[str]) -> None:
        """Change a list of things with ids: each for itself, new ones at the end."""
        by_id = {one["id"]: one for one in wanted}
        last = self._remove(part, {number for number, old in enumerate(have) if old["id"] not in by_id})
        for number, old in enumerate(have):
            if old["id"] in by_id and not same(old, by_id[old["id"]]):
                self._item(part.items[number], old, by_id[old["id"]], part.flow)
        new = wanted[len(kept) :]
        if part.flow:
            self._append(last, [flow(one) for one in new])
            return
        short = all(item.flow for item in part.items)
        rows: list[str] = []
        for one in new:
            column = part.column + 2
            first, *rest = [flow(one)] if short and len(flow(one)) <= 2 * SHORT else block(one, column)
            rows += [f"{' ' * part.column}- {first}", *rest]
        self._below(last, rows)

    def _item(self, part: _Part, have: Any, wanted: Any, in_flow: bool) -> None:
        if self._inside(part, have, wanted):
            return
        if in_flow or part.flow or not is_long(wanted):
            text = flow(wanted, part.quote)
        else:
            text = self._newline.join(block(wanted, part.column))
        self._cuts.append(_Cut(part.start, part.end, text))

    def _append(self, end: int, texts: list[str]) -> None:
        """Add to what stands between brackets, behind its last item."""
        if texts:
            self._cuts.append(_Cut(end, end, ", " + ", ".join(texts)))

    def _below(self, end: int, rows: list[str]) -> None:
        """Add lines below the one in which something ends."""
        if rows:
            at = self._end_of_line(end)
            self._cuts.append(_Cut(at, at, "".join(self._newline + row for row in rows)))

    def _remove(self, part: _Part, gone: set[int]) -> int:
        """Take items out of a mapping or list, of which some stay; return where the last one that stays ends."""
        firsts, stays = part.keys or part.items, [number for number in range(len(part)) if number not in gone]
        inline = part.flow or (part.kind == "mapping" and bool(self._lead(firsts[0])[1].strip()))
        for number in sorted(gone):
            if inline and number < stays[0]:  # the next one takes its place
                cut = _Cut(firsts[number].start, firsts[number + 1].start, "")
            elif part.flow:
                cut = _Cut(part.items[number - 1].end, part.items[number].end, "")
            else:
                cut = self._lines(part, firsts[number], part.items[number])
            self._cuts.append(cut)
        return part.items[stays[-1]].end

    def _lines(self, part: _Part, first: _Part, last: _Part) -> _Cut:
        """Return how all lines of an item are taken out."""
        line, lead = self._lead(first)
        if part.kind == "sequence" and lead.strip() != "-":
            raise CannotEdit("lists within lists on one line are in the way")
        end = self._end_of_line(last.end)
        return _Cut(line, end + (len(self._newline) if self._text.startswith(self._newline, end) else 0), "")

    def _lead(self, part: _Part) -> tuple[int, str]:
        """Return where the line of something begins, and what stands before it there."""
        line = self._text.rfind("\n", 0, part.start) + 1
        return line, self._text[line : part.start]

    def _end_of_line(self, at: int) -> int:
        end = self._text.find("\n", at)
        end = len(self._text) if end < 0 else end
        return end - 1 if end > at and self._text[end - 1] == "\r" else end


def _ids(things: Any) -> list[str] | None:
    """Return the ids of a list of things that all have one of their own; None of any other list."""
    if not all(isinstance(one, Mapping) and isinstance(one.get("id"), str) for one in things):
        return None
    ids = [one["id"] for one in things]
    return ids if len(set(ids)) == len(ids) else None


def _tree(text: str) -> _Part | None:
    """Return the values of a text with their spans; None if it holds nothing."""
    events = (one for one in yaml_reader().parse(text) if not _OUTSIDE.match(type(one).__name__))
    first = next(events, None)
    return None if first is None else _of(text, first, events)


def _of(text: str, event: Any, events: Any) -> _Part:
    kind = type(event).__name__.removesuffix("Event")
    start, end, column = event.start_mark.index, event.end_mark.index, event.start_mark.column
    if kind == "Alias":
        return _Part("alias", start, end, column)
    if kind == "Scalar":
        quote = event.style if event.style in ("'", '"') else ""
        return _Part(
            "scalar", start, start + len(text[start:end].rstrip()), column, quote=quote, value=str(event.value)
        )
    made = _Part("mapping" if kind == "MappingStart" else "sequence", start, end, column, bool(event.flow_style))
    while not type(inner := next(events)).__name__.endswith("EndEvent"):
        part = _of(text, inner, events)
        if made.kind == "mapping":
            made.keys.append(part)
            part = _of(text, next(events), events)
        made.items.append(part)
    made.end = inner.end_mark.index if made.flow else made.items[-1].end
    return made
