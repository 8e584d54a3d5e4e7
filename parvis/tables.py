"""Where tables are printed. A reader that goes away (`parvis … | head -1`) is no failure of ours."""

import rich.console


class Console(rich.console.Console):
    """Rich's console, but the command line says with which code a command ends, whatever printed last."""

    def on_broken_pipe(self) -> None:
        """Let `parvis.cli.guarded` handle it like any other broken pipe; Rich would exit with 1.

        Raises:
            BrokenPipeError: always.
        """
        raise BrokenPipeError
