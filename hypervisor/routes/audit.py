"""/v1/audit: who did what to what; and whether the log is whole."""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from hypervisor.access.directory import Directory
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Ctx
from hypervisor.problems import responses
from hypervisor.query import Asked, known_only, link_next
from hypervisor.routes.versions import LINK
from hypervisor.store.chain import verify
from hypervisor.store.values import Audited

router = APIRouter(
    prefix="/v1",
    tags=["access"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
SCAN = 500
KEY = re.compile(r"(?:key:|keys/)(\w+)")
MOST_SCANNED = 5000  # lines that one request looks at


class AuditQuery(Asked):
    """What /v1/audit may be asked."""

    action: str | None = Field(
        default=None, pattern=r"^[a-z_]+(\.[a-z_]+)*$", max_length=60, description="only these: `key` covers `key.use`"
    )
    actor: str | None = Field(
        default=None, pattern=r"^[a-z]+(:[a-z0-9_-]+)?$", max_length=80, description="only of this one"
    )
    order: Literal["oldest", "newest"] = Field(default="oldest", description="which comes first")
    cursor: str | None = Field(default=None, pattern=r"^\d{1,15}-\d{1,15}$", description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")

    def wants(self, act: dict[str, Any], who: Principal) -> bool:
        """Tell whether a line is asked for, and may be seen."""
        action = str(act["action"])
        return (
            (who.may("admin") or act["service"] == who.service)
            and (self.action is None or action == self.action or action.startswith(f"{self.action}."))
            and self.actor in (None, act["actor"])
        )


class AuditItem(BaseModel):
    """One line of the log."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="its position in the log")
    at: datetime
    actor: str = Field(examples=["key:06h1so3u5dg6rib5s4tv1tefjo"])
    service: str | None
    action: str = Field(examples=["key.create"])
    target: str = Field(examples=["keys/06h1so3u5dg6rib5s4tv1tefjo"])
    detail: dict[str, Any]
    hash: str = Field(description="sha256 over the hash of the line before and this line")

    @staticmethod
    def of(line: Audited, act: dict[str, Any]) -> "AuditItem":
        """Return a line as it is told."""
        at = datetime.fromtimestamp(act.pop("time_s"), UTC)
        return AuditItem(id=line.position, at=at, hash=line.hash, **act)


class AuditKey(BaseModel):
    """Whose a key is, and what for: its id says nothing to people."""

    model_config = ConfigDict(frozen=True)

    service: str = Field(examples=["mobility"])
    name: str = Field(description="of the service; its id where it is gone", examples=["Mobilité"])
    purpose: str = Field(examples=["board"])


class AuditPage(BaseModel):
    """A page of the log."""

    model_config = ConfigDict(frozen=True)

    items: list[AuditItem]
    keys: dict[str, AuditKey] = Field(description="id → whose it is, of each key that the items name, revoked or not")
    next: str | None = Field(description="`cursor` of the next page; null at the end")


@router.get(
    "/audit",
    operation_id="readAudit",
    summary="Who did what",
    responses={200: {"headers": LINK}},
)
async def read_audit(
    context: Ctx,
    who: Annotated[Principal, needs("audit:read")],
    request: Request,
    response: Response,
    query: Annotated[AuditQuery, Query()],
) -> AuditPage:
    """Every change, the first use of each key in an hour, every look at a picture. Of the own service; `admin` sees
    all. A page may be short while `next` is not null. `parvis admin audit verify` checks that no line was changed."""
    newest = query.order == "newest"
    lines_after = context.store.audit_newest if newest else context.store.audit
    after, items = query.cursor or ("+" if newest else "0-0"), list[AuditItem]()
    for _ in range(0, MOST_SCANNED, SCAN):
        lines = await lines_after(after, SCAN)
        for line in lines:
            after, act = line.position, json.loads(line.text)
            if query.wants(act, who):
                items.append(AuditItem.of(line, act))
            if len(items) == query.limit:
                break
        if len(items) == query.limit or len(lines) < SCAN:
            break
    more = bool(await lines_after(after, 1))
    response.headers.update(link_next(request, after if more else None))
    return AuditPage(items=items, keys=await _named(context.sessions.directory, items), next=after if more else None)


async def _named(directory: Directory, items: list[AuditItem]) -> dict[str, AuditKey]:
    """Return whose the keys are that lines name: as who acted, or as what was acted on. Keys are kept when revoked."""
    named = {found[1] for one in items for told in (one.actor, one.target) if (found := KEY.fullmatch(told))}
    keys = await directory.keys.many(sorted(named))
    services = await directory.services.many(sorted({one.value.service for one in keys.values()}))
    return {
        key_id: AuditKey(
            service=one.value.service,
            name=services[one.value.service].value.name if one.value.service in services else one.value.service,
            purpose=one.value.purpose,
        )
        for key_id, one in keys.items()
    }


class AuditVerdict(BaseModel):
    """Whether the log is as it was written."""

    model_config = ConfigDict(frozen=True)

    lines: int = Field(description="good lines: up to the fault, or all")
    tip: str = Field(description="hash of the last good line, to be noted elsewhere; empty without lines")
    fault: str | None = Field(description="position of the first line that does not follow from the one before")
    known: bool = Field(description="false: the noted hash is not in the log any more, so its end was cut off")


class VerifyQuery(Asked):
    """What /v1/audit/verification may be asked."""

    tip: str | None = Field(default=None, pattern="^[0-9a-f]{64}$", description="a hash noted earlier")


@router.get("/audit/verification", operation_id="verifyAudit", summary="Is the log whole?")
async def verify_audit(
    context: Ctx, who: Annotated[Principal, needs("admin")], query: Annotated[VerifyQuery, Query()]
) -> AuditVerdict:
    """Read the whole log, and check that each line follows from the one before: as `parvis admin audit verify`."""
    return AuditVerdict.model_validate((await verify(context.store, query.tip or ""))._asdict())
