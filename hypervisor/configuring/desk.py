"""Changes of the configuration file: checked, written, told to the audit log; or nothing at all."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from hypervisor.access.principal import Principal
from hypervisor.configuring.file import ConfigFile, Snapshot
from hypervisor.configuring.proposal import Proposal, refuse
from hypervisor.context import Context
from hypervisor.problems import Refusal
from hypervisor.store.values import Act, Commit

WHOLE = "this key or member sees some cameras only; expected one that sees all"


@dataclass(frozen=True, slots=True)
class Deed:
    """Who changes what; `action` and `target` as in the audit log."""

    by: Principal
    action: str
    target: str


def file_of(context: Context, who: Principal, camera: str | None = None) -> ConfigFile:
    """Return the configuration file, for whoever may see it: all of it, or one camera.

    Raises:
        Refusal: if there is none, or it is not theirs to see.
    """
    if camera is not None and not who.sees(camera):
        raise Refusal("not-found", f"camera {camera!r} is unknown")
    if camera is None and who.cameras is not None:
        raise Refusal("not-allowed", WHOLE)
    if context.config is None:
        raise Refusal("no-configuration", "`parvis serve` runs without a file; expected it with --config")
    return context.config


def version_asked(header: str | None) -> str:
    """Return the version that a change is meant for.

    Raises:
        Refusal: if the header is missing or no version.
    """
    if header is None:
        raise Refusal("match-required", "If-Match is missing; expected the ETag of the answer that was read")
    found = re.fullmatch(r'(?:W/)?"([0-9a-f]{12})"', header.strip())
    if found is None:
        raise Refusal("changed-since", f'If-Match {header[:40]!r} is no version; expected such as "0f3ac1e09b7d"')
    return found[1]


@asynccontextmanager
async def held(file: ConfigFile, asked: str | None) -> AsyncIterator[Snapshot]:
    """Yield the file as it is, if that is the asked version, while nobody else may write it.

    Raises:
        Refusal: if it is another version by now.
    """
    async with file.turn():
        before = await asyncio.to_thread(file.read)
        if asked is not None and before.version != asked:
            text = f"the file is at version {before.version} now; read it again"
            raise Refusal("changed-since", text)
        yield before


async def write(context: Context, file: ConfigFile, before: Snapshot, data: bytes, deed: Deed) -> Snapshot:
    """Write a content that was checked, and say so in the audit log; return the file as it is then.

    The log comes first: nothing changes that it does not tell. Should the file turn out to have been changed by hand
    between the two, the log tells that, too.

    Raises:
        Refusal: if the file cannot be written, or was changed by hand at this moment.
        StoreAway: if the log cannot be written; then the file is as it was.
    """
    if data == before.data:
        return before
    staged = await asyncio.to_thread(file.stage, data)
    after = file.checked(data)
    detail = {"before": before.version, "after": after.version}
    act = Act(deed.by.actor, deed.by.service, f"config.{deed.action}", deed.target, context.clock(), detail)
    try:
        await context.store.commit(Commit(acts=[act]))
        what = f"{deed.action} {deed.target.rpartition('/')[2]}"
        await asyncio.to_thread(file.place, staged, before, deed.by.actor, what)
    except Refusal as refusal:
        await context.store.commit(Commit(acts=[_undone(act, refusal)]))
        raise
    finally:
        file.drop(staged)
    return after


async def change(
    context: Context, file: ConfigFile, asked: str | None, think: Callable[[Snapshot], Proposal], deed: Deed
) -> tuple[Proposal, Snapshot]:
    """Think a change through and write it; return what was thought, and the file as it is then.

    Raises:
        Refusal: with every fault; nothing was written.
    """
    async with held(file, asked) as before:
        proposed = await asyncio.to_thread(think, before)
        refuse(proposed)
        return proposed, await write(context, file, before, proposed.text.encode(), deed)


def _undone(act: Act, refusal: Refusal) -> Act:
    detail = {**act.detail, "why": refusal.slug}
    return Act(act.actor, act.service, "config.undone", act.target, act.time_s, detail)
