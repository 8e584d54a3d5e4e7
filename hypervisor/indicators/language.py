"""The language of formulas: text in, a tree out. Nothing is executed, and no name means anything yet.

formula    = sum [("<" | "<=" | ">" | ">=") sum]
sum        = product {("+" | "-") product}
product    = factor {("*" | "/") factor}
factor     = "-" factor | number | "(" formula ")" | name "(" [argument {"," argument}] ")"
argument   = name "=" text | formula
text       = '"' … '"'
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

MOST_CHARACTERS = 1000
DEEPEST = 30
Operator = Literal["+", "-", "*", "/", "<", "<=", ">", ">="]


class At(NamedTuple):
    """Where something stands in a formula, both from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class FormulaError(ValueError):
    """A formula that means nothing; the message says where and what was expected."""

    def __init__(self, at: At, text: str) -> None:
        super().__init__(f"{at}: {text}")
        self.at = at


@dataclass(frozen=True, slots=True)
class Number:
    """A number that is written down."""

    value: float
    at: At


@dataclass(frozen=True, slots=True)
class Call:
    """A series, or a function of something."""

    name: str
    arguments: tuple["Node", ...]
    named: tuple[tuple[str, str], ...]  # sorted by name
    at: At


@dataclass(frozen=True, slots=True)
class Binary:
    """Two things and what becomes of them."""

    operator: Operator
    left: "Node"
    right: "Node"
    at: At


Node = Number | Call | Binary

_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<text>\"[^\"\n]*\")"
    r"|(?P<sign><=|>=|[-+*/<>(),=])"
)


class Token(NamedTuple):
    """A word of a formula."""

    kind: str
    text: str
    at: At


def parsed(text: str) -> Node:
    """Return the tree of a formula.

    Raises:
        FormulaError: if it is none, with line and column.
    """
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(At(1, 1), f"has {len(text)} characters; expected {MOST_CHARACTERS} at most")
    reader = _Reader(list(_tokens(text)))
    found = reader.formula(0)
    reader.expect("end", "")
    return found


def calls(node: Node) -> Iterator[Call]:
    """Yield every call of a tree, outer ones first."""
    if isinstance(node, Call):
        yield node
        for one in node.arguments:
            yield from calls(one)
    elif isinstance(node, Binary):
        yield from calls(node.left)
        yield from calls(node.right)


def _tokens(text: str) -> Iterator[Token]:
    place, line, begin = 0, 1, 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        at = At(line, place - begin + 1)
        if found is None:
            raise FormulaError(at, f"{text[place]!r} means nothing; expected a number, a name or one of + - * / < >")
        kind, word = str(found.lastgroup), found.group()
        if kind != "space":
            yield Token(kind, word, at)
        if "\n" in word:
            line, begin = line + word.count("\n"), place + word.rindex("\n") + 1
        place = found.end()
    yield Token("end", "", At(line, place - begin + 1))


class _Reader:
    """Descends through the tokens, one method a rule."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._n = tokens, 0

    def formula(self, depth: int) -> Node:
        left = self._sum(depth)
        return self._binary(left, self._sum, depth) if self._next.text in ("<", "<=", ">", ">=") else left

    def expect(self, kind: str, text: str) -> Token:
        found = self._next
        if found.kind != kind or (text and found.text != text):
            got = repr(found.text) if found.text else "the end"
            wanted = repr(text) if text else {"end": "the end", "text": 'a text in "…"'}.get(kind, f"a {kind}")
            raise FormulaError(found.at, f"got {got}; expected {wanted}")
        self._n += 1
        return found

    def _comma(self) -> None:
        if self._next.text != ",":
            self.expect("sign", ")")
        self._n += 1

    @property
    def _next(self) -> Token:
        return self._tokens[self._n]

    def _binary(self, left: Node, right: Callable[[int], Node], depth: int) -> Node:
        sign = self._next
        self._n += 1
        return Binary(sign.text, left, right(depth), sign.at)  # type: ignore[arg-type]  # the callers looked

    def _sum(self, depth: int) -> Node:
        left = self._product(depth)
        while self._next.text in ("+", "-"):
            left = self._binary(left, self._product, depth)
        return left

    def _product(self, depth: int) -> Node:
        left = self._factor(depth)
        while self._next.text in ("*", "/"):
            left = self._binary(left, self._factor, depth)
        return left

    def _factor(self, depth: int) -> Node:
        token = self._next
        if depth > DEEPEST:
            raise FormulaError(token.at, f"is nested too deep; expected {DEEPEST} levels at most")
        if token.kind == "number":
            self._n += 1
            return Number(float(token.text), token.at)
        if token.kind == "name":
            return self._call(depth)
        if token.text == "-":
            self._n += 1
            return Binary("*", Number(-1.0, token.at), self._factor(depth + 1), token.at)
        if token.text == "(":
            self._n += 1
            found = self.formula(depth + 1)
            self.expect("sign", ")")
            return found
        raise FormulaError(
            token.at, f"got {repr(token.text) if token.text else 'the end'}; expected a number, a series or a function"
        )

    def _call(self, depth: int) -> Call:
        name = self.expect("name", "")
        self.expect("sign", "(")
        arguments, named = list[Node](), dict[str, str]()
        while self._next.text != ")":
            if arguments or named:
                self._comma()
            if self._next.kind == "name" and self._tokens[self._n + 1].text == "=":
                key = self.expect("name", "")
                self.expect("sign", "=")
                if key.text in named:
                    raise FormulaError(key.at, f"{key.text} is given twice; expected once")
                named[key.text] = self.expect("text", "").text[1:-1]
            else:
                arguments.append(self.formula(depth + 1))
        self.expect("sign", ")")
        return Call(name.text, tuple(arguments), tuple(sorted(named.items())), name.at)
