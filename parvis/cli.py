"""The `parvis` command: what each subcommand is called, and how mistakes are told.

Exit codes: 0 done; 2 refused before the first frame; 1 failed afterwards; 130 on Ctrl-C. A user's mistake is one
line on stderr, never a traceback.
"""

import logging
import os
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer
from typer.exceptions import TyperException  # click's own would not do: typer brings a copy of click

from models.errors import ModelError
from parvis.commands.admin import app as admin_app
from parvis.commands.analyze import analyze_command
from parvis.commands.audit import audit_command
from parvis.commands.bench import bench_command
from parvis.commands.calibrate import calibrate_command
from parvis.commands.check import check_command
from parvis.commands.cleanliness import app as cleanliness_app
from parvis.commands.deliver import deliver_command
from parvis.commands.demo import demo_command
from parvis.commands.history import app as history_app
from parvis.commands.indicators import app as indicators_app
from parvis.commands.models import app as models_app
from parvis.commands.plan import plan_command
from parvis.commands.privacy import app as privacy_app
from parvis.commands.recount import recount_command
from parvis.commands.redis import redis_command
from parvis.commands.rules import rules_command
from parvis.commands.run import probe_command, replay_command, run_command, worker_command
from parvis.commands.sensors import app as sensors_app
from parvis.commands.serve import serve
from parvis.commands.soak import soak_command
from parvis.commands.up import up_command
from pipeline import children
from pipeline.errors import Failed, ParvisError

app = typer.Typer(
    name="parvis",
    help="Counts and flow alerts from the cameras a city already has.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("analyze")(analyze_command)
app.command("check")(check_command)
app.command("plan")(plan_command)
app.command("calibrate")(calibrate_command)
app.add_typer(models_app, name="models", help="The detection models: list, info, verify, export, quantize.")
# All options of a benchmark are its own, --help too.
HANDED_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
app.command("bench", context_settings=HANDED_ON)(bench_command)
app.command("audit")(audit_command)
app.add_typer(
    cleanliness_app,
    name="cleanliness",
    help="What an operator says of zones, and sees of them: clean, normal, explain.",
)
app.command("recount")(recount_command)
app.command("soak")(soak_command)
app.command("redis")(redis_command)
app.command("up")(up_command)
app.command("run")(run_command)
app.command("worker", hidden=True)(worker_command)
app.command("probe", hidden=True)(probe_command)
app.command("replay", hidden=True)(replay_command)
app.command("serve")(serve)
app.command("rules")(rules_command)
app.command("demo")(demo_command)
app.command("deliver")(deliver_command)
app.add_typer(history_app, name="history", help="Hours of all series in files: keep, status.")
app.add_typer(indicators_app, name="indicators", help="Indicators: list, check, compute.")
app.add_typer(admin_app, name="admin", help="Who may use it: services, members, keys.")
app.add_typer(privacy_app, name="privacy", help="Documents of the controller, and the proof of retention.")
app.add_typer(sensors_app, name="sensors", help="Sensors: take their values from an MQTT broker.")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"parvis {version('parvis')}")
        raise typer.Exit


@app.callback()
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
    sys.exit(guarded(lambda: app(standalone_mode=False, prog_name="parvis")))


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
