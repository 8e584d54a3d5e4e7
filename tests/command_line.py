"""Parse a `parvis` command line without running it."""

from collections.abc import Sequence
from typing import Any

import typer.main
from typer.exceptions import TyperException

from parvis.cli import application


def fault_in(words: Sequence[str]) -> str | None:
    """Return what is wrong with the arguments of `parvis`, or None; asking for help is not wrong."""
    command: Any = typer.main.get_command(application())
    rest, parent = list(words), None
    try:
        while True:
            context = command.make_context(command.name or "parvis", rest, parent=parent)
            if not hasattr(command, "commands"):
                return None
            _, command, rest = command.resolve_command(context, [*context._protected_args, *context.args])
            parent = context
    except typer.Exit:
        return None
    except TyperException as error:
        return error.format_message()
