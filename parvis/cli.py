"""The `parvis` command: what each subcommand is called, and how mistakes are told.

Exit codes: 0 done; 2 refused before the first frame; 1 failed afterwards; 130 on Ctrl-C. A user's mistake is one
line on stderr, never a traceback.
"""

import gc
import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException  # click's own would not do: typer brings a copy of click

from models.errors import ModelError
from pipeline import children
from pipeline.errors import Failed, ParvisError

COMMANDS: Mapping[str, str] = {
    "analyze": "analyze:analyze_command",
    "check": "check:check_command",
    "plan": "plan:plan_command",
    "calibrate": "calibrate:calibrate_command",
    "models": "models:app",
    "bench": "bench:bench_command",
    "audit": "audit:audit_command",
    "cleanliness": "cleanliness:app",
    "recount": "recount:recount_command",
    "soak": "soak:soak_command",
    "redis": "redis:redis_command",
    "up": "up:up_command",
    "run": "run:run_command",
    "worker": "run:worker_command",
    "probe": "run:probe_command",
    "replay": "run:replay_command",
    "serve": "serve:serve",
    "rules": "rules:rules_command",
    "demo": "demo:demo_command",
    "deliver": "deliver:deliver_command",
    "history": "history:app",
    "indicators": "indicators:app",
    "admin": "admin:app",
    "privacy": "privacy:app",
    "sensors": "sensors:app",
}
"""Command → where it is, in `parvis.commands`. A process imports the one that it runs: the others would be
three quarters of the CPU time of its start, and `parvis up` starts six processes."""

GROUPS: Mapping[str, str] = {
    "models": "The detection models: list, info, verify, export, quantize.",
    "cleanliness": "What an operator says of zones, and sees of them: clean, normal, explain.",
    "history": "Hours of all series in files: keep, status, check.",
    "indicators": "Indicators: list, check, compute.",
    "admin": "Who may use it: services, members, keys.",
    "privacy": "Documents of the controller, and the proof of retention.",
    "sensors": "Sensors: take their values from an MQTT broker.",
}
HIDDEN = ("worker", "probe", "replay")
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""All options of a benchmark are its own, --help too."""


def application(words: Sequence[str] = ()) -> typer.Typer:
    """Return the command line: with the command that the words begin with, or with all if they begin with none."""
    app = typer.Typer(
        name="parvis",
        help="Counts and flow alerts from the cameras a city already has.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_parvis)
    for name in [word for word in words[:1] if word in COMMANDS] or COMMANDS:
        module, _, found = COMMANDS[name].partition(":")
        command = getattr(importlib.import_module(f"parvis.commands.{module}"), found)
        if name in GROUPS:
            app.add_typer(command, name=name, help=GROUPS[name])
        else:
            settings = HANDED_ON if name == "bench" else None
            app.command(name, context_settings=settings, hidden=name in HIDDEN)(command)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"parvis {version('parvis')}")
        raise typer.Exit


def _parvis(
    _: Annotated[bool, typer.Option("--version", help="Say which version this is.", callback=_version)] = False,
) -> None:
    """Counts and flow alerts from the cameras a city already has."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S")
    logging.raiseExceptions = False  # a log that cannot be written (a full disk) must not fill it with tracebacks
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def main() -> None:
    """Run the command line and exit with the documented code."""
    children.obey_parent()
    try:
        sys.exit(guarded(lambda: application(sys.argv[1:])(standalone_mode=False, prog_name="parvis")))
    finally:
        gc.freeze()  # all of it goes with the process: to look through it first takes Python half a second


def guarded(command: Callable[[], int | None]) -> int:
    """Run a command; turn what a user can cause into one line and an exit code."""
    try:
        return _read_or_not(command)
    except TyperException as error:
        return _told(_usage(error), 2)
    except (typer.Abort, KeyboardInterrupt):
        return 130
    except (ParvisError, ModelError) as error:
        return _told(str(error), 1 if isinstance(error, Failed) else 2)
    except ModuleNotFoundError as error:
        if error.name != "onnxruntime":
            raise
        return _told('ONNX Runtime is not installed; expected the extra cpu or cuda: pip install "parvis[cpu]"', 2)
    except OSError as error:  # a disk that is full, a file taken away
        return _told(f"{error.filename or 'parvis'}: {error.strerror or error}", 1)


def _read_or_not(command: Callable[[], int | None]) -> int:
    """Run a command; it ends in peace when its reader goes away (`parvis … | head -1`), which has what it wanted."""
    try:
        return command() or 0
    except BrokenPipeError:
        pass
    except SystemExit as error:  # Typer and Rich make one, with code 1, out of a broken pipe
        if not isinstance(error.__context__, BrokenPipeError):
            raise
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still to be flushed is nobody's
    sys.stderr.close()
    return 0


def _usage(error: TyperException) -> str:
    """Return what was wrong with the command line, and at which command; a whole help text stands by itself."""
    message, context = error.format_message(), getattr(error, "ctx", None)
    return message if context is None or "\n" in message else f"{context.command_path}: {message}"


def _told(message: str, code: int) -> int:
    typer.echo(message, err=True)
    return code
