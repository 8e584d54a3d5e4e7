"""The past as one application reads it. NumPy and DuckDB are loaded with the first question, not with the service."""

from typing import TYPE_CHECKING

from hypervisor.context import Context

if TYPE_CHECKING:
    from hypervisor.history.archive import Archive
    from hypervisor.history.kept import KeptPast


def past_of(context: Context) -> "KeptPast":
    """Return what reads hours out of files and Redis; without a folder, out of Redis alone."""
    from pathlib import Path

    from hypervisor.history.files import HourFiles
    from hypervisor.history.kept import KeptPast

    folder = context.settings.history_dir or Path("/nonexistent")
    return KeptPast(HourFiles(folder), context.feed, context.store, context.clock)


def archive_of(context: Context) -> "Archive | None":
    """Return what lies in history beside hours; None without a folder."""
    from hypervisor.history.archive import Archive

    return Archive(context.settings.history_dir) if context.settings.history_dir is not None else None
