"""A Dockerfile as far as tests need to understand it."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Stage:
    """One `FROM … AS name` with what follows."""

    name: str
    base: str
    lines: list[tuple[str, str]] = field(default_factory=list)  # instruction, its text

    def all(self, instruction: str) -> Iterator[str]:
        """Yield the texts of one kind of instruction."""
        return (text for name, text in self.lines if name == instruction)

    def exec_form(self, instruction: str) -> list[str] | None:
        """Return the last `CMD` or `ENTRYPOINT`, which must be a JSON list; None if the stage has none."""
        texts = list(self.all(instruction))
        words: list[str] | None = json.loads(texts[-1]) if texts else None
        return words


def read_dockerfile(path: Path) -> dict[str, Stage]:
    """Return the stages by name, in order."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    stages: dict[str, Stage] = {}
    for line in text.replace("\\\n", " ").splitlines():
        instruction, _, rest = line.strip().partition(" ")
        if instruction == "FROM":
            base, _, name = rest.partition(" AS ")
            stage = stages[name] = Stage(name, base)
        elif instruction:
            stage.lines.append((instruction, rest.strip()))
    return stages


def lineage(stages: dict[str, Stage], name: str) -> list[Stage]:
    """Return a stage and those it is built upon, the oldest first."""
    stage = stages[name]
    return [*(lineage(stages, stage.base) if stage.base in stages else []), stage]


def installs(text: str) -> Iterator[list[str]]:
    """Yield the arguments of every `pip install` in a shell line."""
    for part in re.split(r"&&|;", text):
        words = shlex.split(part)
        if "pip" in words:
            yield words[words.index("pip") :]
