"""Write the pages that follow from the code: `python -m docs.generate` (or `make docs`).

`configuration.md` comes from the schema in `pipeline.config`, `cli.md` from the command line's own declarations,
`openapi.json` from the hypervisor's routes, `asyncapi.yaml` from the models of what is told, `indicators.md` from the
library of indicators. The texts around the tables are here, or beside. A test holds the committed pages against this
module.
"""

import json
import types
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs import asyncapi, indicators
from hypervisor.app import create_app
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from parvis.cli import application
from parvis.commands.bench import BENCHES
from pipeline.config import SiteFile
from pipeline.later import LATER_MEASURES, RESERVED

FOLDER = Path(__file__).parent
WRITTEN = "<!-- Written by `make docs`; edit docs/generate.py or the code it reads. -->"

CONFIGURATION = f"""{WRITTEN}
# The configuration

One YAML 1.2 file describes a site. `parvis check FILE` names every fault in it, with line and field, before anything
runs. Unknown keys are refused, and numbers are not guessed from text. Examples: [`configs/`](../configs).

- Relative paths start from the folder of the file.
- Points are `[x, y]`, fractions from 0 to 1 of the picture's width and height: a camera may change its resolution.
- `${{NAME}}` is replaced by the environment variable of that name, in `source` and `substream` only: that is where
  passwords go.
- An `id` is made of lower-case letters, digits, `-` and `_`, begins with a letter or digit and has 63 characters at
  most.
- **Direction** of a line: stand at `from`, look towards `to`. `forward` goes from your left hand to your right hand. A
  line through several `points` is walked from the first to the last.
- `PARVIS_DATA` overrides `data_dir`, `PARVIS_REDIS` overrides `redis`: the same file works on a desk and in a
  container.
"""

LATER = """
## Names that are taken

These keys will mean something later; until then they are refused, and the message says what they arrive with.

| where | key | arrives with |
|---|---|---|
"""

CLI = f"""{WRITTEN}
# The command line

`parvis COMMAND --help` says the same, `parvis --version` which version it is. Tables and results go to standard output,
everything else to standard error.

| exit code | means |
|---|---|
| 0 | done, warnings included |
| 2 | refused before the first frame: wrong usage, configuration, file, model or port |
| 1 | failed afterwards; what was found is written, marked `"complete": false` |
| 130 | ended by Ctrl-C; what was found is written |

A mistake is told in one line on standard error, `file:line: field: problem; expected …`. No password is ever printed.

| environment variable | overrides |
|---|---|
| `PARVIS_DATA` | the data directory |
| `PARVIS_REDIS` | which Redis: `embedded` or a URL |
| `PARVIS_CACHE` | the folder of prepared models and choices (default: `~/.cache/parvis`) |
"""

BENCH = f"""
The benchmarks are {" and ".join(f"`{name}`" for name in BENCHES)}. Options after the name are the benchmark's own.
"""


def main() -> None:
    """Write all pages."""
    for name, page in pages().items():
        (FOLDER / name).write_text(page, encoding="utf-8")


def pages() -> dict[str, str]:
    """Return every generated page by file name."""
    return {
        "configuration.md": configuration(),
        "cli.md": command_line(),
        "openapi.json": openapi(),
        "asyncapi.yaml": asyncapi.text(),
        "indicators.md": indicators.text(WRITTEN),
    }


def configuration() -> str:
    """Return the configuration reference."""
    tables = "".join(_model_table(title, model) for title, model in _models("", SiteFile))
    rows = [(_short(model), key, later) for model, keys in RESERVED.items() for key, later in keys.items()]
    rows += [("`measures` of a zone", name, later) for name, later in LATER_MEASURES.items()]
    later = "".join(f"| {where} | `{key}` | {what} |\n" for where, key, what in rows)
    return CONFIGURATION + tables + LATER + later


def openapi() -> str:
    """Return the API as it is frozen: a change of it shows in the diff of a commit, wanted or not."""
    nowhere = "redis://127.0.0.1:1/0"  # nothing is asked of it
    app = create_app(RedisFeed(nowhere), RedisStore(nowhere), queue=RedisQueue(nowhere))
    document = app.openapi()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def command_line() -> str:
    """Return the reference of all commands and options."""
    return CLI + "".join(_commands(typer.main.get_command(application()), "parvis"))


def _models(place: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield a model and all models in it, each with the place where it stands in the file."""
    yield place or "The file", model
    for name, field in model.model_fields.items():
        inner, many = _model_in(field.annotation)
        if inner is not None:
            key = f"{field.alias or name}[]" if many else field.alias or name
            yield from _models(f"{place}.{key}" if place else key, inner)


def _model_table(title: str, model: type[BaseModel]) -> str:
    heading = title if title == "The file" else f"`{title}`"
    lines = [
        f"\n## {heading}\n",
        (model.__doc__ or "").strip(),
        "",
        "| key | value | default | means |",
        "|---|---|---|---|",
    ]
    for name, field in model.model_fields.items():
        cells = (f"`{field.alias or name}`", _kind(field), _default(field), field.description or "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _kind(field: FieldInfo) -> str:
    """Return what a field takes, in words, with its bounds."""
    found = {bound: getattr(rule, bound) for rule in field.metadata for bound in _BOUNDS if hasattr(rule, bound)}
    bounds = [_BOUNDS[bound].format(value) for bound, value in found.items() if value is not None]
    if any(getattr(rule, "pattern", None) for rule in field.metadata):
        return "id"
    return ", ".join([_type_name(field.annotation), *bounds])


_BOUNDS = {"ge": "at least {}", "gt": "more than {}", "le": "at most {}", "lt": "less than {}"}
_NAMES: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    time: "time of day, `HH:MM`",
}


def _type_name(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(parts[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_type_name(part) for part in parts if part is not type(None))
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin is tuple and parts[-1] is ...:
        return "list" if _model_in(annotation)[0] else f"list of {_type_name(parts[0])}"
    if origin is tuple:
        return f"[{', '.join(_type_name(part) for part in parts)}]"
    if annotation is datetime:
        return "date and time"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    return _NAMES[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None or isinstance(value, BaseModel) or value in ("", ()):
        return ""
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _model_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """Return the model inside an annotation, and whether there may be many of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    many = get_origin(annotation) is tuple
    for part in get_args(annotation):
        inner, inner_many = _model_in(part)
        if inner is not None:
            return inner, many or inner_many
    return None, False


def _short(model: str) -> str:
    return {"LineConfig": "a line", "ZoneConfig": "a zone", "CameraConfig": "a camera"}[model]


def _commands(command: Any, path: str) -> Iterator[str]:
    """Yield the section of every visible command below one."""
    for name, inner in command.commands.items():
        if inner.hidden:
            continue
        if hasattr(inner, "commands"):
            yield from _commands(inner, f"{path} {name}")
        else:
            yield _command_section(inner, f"{path} {name}")


def _command_section(command: Any, path: str) -> str:
    arguments = [param for param in command.params if _is_argument(param)]
    options = [param for param in command.params if not _is_argument(param) and not param.hidden]
    has_options = bool(options) or path == "parvis bench"
    usage = " ".join([path, *(_argument(param) for param in arguments), *(["[OPTION…]"] if has_options else [])])
    lines = [f"\n## `{usage}`\n", command.help]
    if arguments or options:
        lines += ["", "| | default | means |", "|---|---|---|"]
        lines += [f"| `{_argument(param)}` | {_argument_default(param)}| {param.help or ''} |" for param in arguments]
        lines += [f"| {_names(param)} | {_option_default(param)} | {param.help or ''} |" for param in options]
    text = "\n".join(lines) + "\n"
    return text + BENCH if path == "parvis bench" else text


def _is_argument(param: Any) -> bool:
    return not param.opts[0].startswith("-")


def _argument(param: Any) -> str:
    name = f"{param.name.upper()}…" if param.nargs == -1 else param.name.upper()
    return name if param.required else f"[{name}]"


def _argument_default(param: Any) -> str:
    return "" if param.required or param.default is None else f"{param.default} "


def _names(param: Any) -> str:
    """Return what an option is called; a switch that is on also says how it is turned off."""
    return " ".join(f"`{name}`" for name in (param.opts[0], *param.secondary_opts))


def _option_default(param: Any) -> str:
    told = [f"`{param.envvar}`"] if param.envvar else []
    if param.required:
        told.append("required")
    elif isinstance(param.show_default, str):
        told.append(param.show_default)
    elif param.secondary_opts and param.default:
        told.append(f"`{param.opts[0]}`")
    elif param.default is not None and not param.is_bool_flag:
        told.append(f"`{param.default}`")
    return ", else ".join(told)


if __name__ == "__main__":
    main()
