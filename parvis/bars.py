"""Progress of long work, for people who watch a terminal."""

from rich.console import Console
from rich.progress import Progress, ProgressColumn


def bars(*columns: ProgressColumn) -> Progress:
    """Return bars on stderr that are gone once the work is done.

    Where nobody watches there are none: even a bar that is taken away leaves an empty line before what is said of a
    mistake.
    """
    console = Console(stderr=True)
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
