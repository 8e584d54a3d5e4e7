"""Services, members and keys as the API tells and takes them."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from hypervisor.access.kept import Grants, Key, Member, Service, grants_told
from hypervisor.access.principal import SCOPES, Principal
from hypervisor.store.documents import Kept

IdText = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
KindText = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z_]+)*$", max_length=60)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Contact = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


def known_scope(value: str) -> str:
    """Check the name of a scope.

    Raises:
        ValueError: if there is none of that name.
    """
    if value not in SCOPES:
        raise ValueError(f"{value!r} is no scope; expected some of {', '.join(SCOPES)}")
    return value


Scope = Annotated[str, AfterValidator(known_scope), Field(json_schema_extra={"enum": list(SCOPES)})]


class Body(BaseModel):
    """Base of all request bodies: nothing is guessed, and nothing unknown is passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Told(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True)


class GrantsBody(Body):
    """What a key or a member may do."""

    scopes: list[Scope] = Field(
        min_length=1, max_length=len(SCOPES), description="what it may do", examples=[["flows:read"]]
    )
    cameras: list[IdText] | None = Field(
        default=None,
        max_length=1000,
        description="the only cameras that exist for it; null: all",
        examples=[["parvis-nord"]],
    )
    kinds: list[KindText] | None = Field(
        default=None,
        max_length=100,
        description="the only kinds of events it hears of; null: all",
        examples=[["crossing"]],
    )

    def grants(self) -> Grants:
        """Return what is kept."""
        return Grants(
            scopes=frozenset(self.scopes),
            cameras=None if self.cameras is None else frozenset(self.cameras),
            kinds=None if self.kinds is None else frozenset(self.kinds),
        )


class ServiceBody(Body):
    """A service as it may be changed."""

    name: Text = Field(description="how it is called", examples=["Mobilité"])
    contact: Contact = Field(default="", description="whom to ask; other services see it")

    def service(self) -> Service:
        """Return what is kept."""
        return Service(name=self.name, contact=self.contact)


class NewServiceBody(ServiceBody):
    """A new service."""

    id: IdText = Field(description="its id, for ever", examples=["mobilite"])


class ServiceItem(Told):
    """A service of the city."""

    id: str
    name: str
    contact: str
    created_at: datetime

    @staticmethod
    def of(kept: Kept[Service]) -> "ServiceItem":
        """Return a service as it is told."""
        return ServiceItem(id=kept.id, created_at=_at(kept.order / 1000), **kept.value.model_dump())


class ServiceList(Told):
    """A page of services."""

    items: list[ServiceItem]
    next: str | None = Field(description="`cursor` of the next page; null at the end")


class NewMemberBody(GrantsBody):
    """A new member, with a password or with the name that an OpenID provider gives."""

    id: IdText = Field(description="the name to sign in with", examples=["anne"])
    name: Text = Field(description="how the person is called", examples=["Anne Martin"])
    service: IdText = Field(description="the service the person works for")
    password: str | None = Field(default=None, min_length=12, max_length=1024, description="12 characters at least")
    subject: str | None = Field(default=None, min_length=1, max_length=255, description="`sub` at the OpenID provider")


class MemberBody(GrantsBody):
    """A member as it may be changed; its sessions end with it."""

    name: Text = Field(description="how the person is called")
    service: IdText = Field(description="the service the person works for")
    active: bool = Field(default=True, description="false: may not sign in")
    password: str | None = Field(default=None, min_length=12, max_length=1024, description="a new one; null: as it is")


class MemberItem(Told):
    """A person who signs in."""

    id: str
    name: str
    service: str
    scopes: list[str]
    cameras: list[str] | None
    kinds: list[str] | None
    active: bool
    signs_in: Literal["password", "provider"] = Field(description="here with a password, or at the OpenID provider")
    created_at: datetime

    @staticmethod
    def of(kept: Kept[Member]) -> "MemberItem":
        """Return a member as it is told: never with the password's hash."""
        member = kept.value
        signs_in: Literal["password", "provider"] = "password" if member.password is not None else "provider"
        return MemberItem(
            id=kept.id,
            name=member.name,
            service=member.service,
            active=member.active,
            signs_in=signs_in,
            created_at=_at(kept.order / 1000),
            **grants_told(member.grants),
        )


class MemberList(Told):
    """A page of members."""

    items: list[MemberItem]
    next: str | None = Field(description="`cursor` of the next page; null at the end")


class NewKeyBody(GrantsBody):
    """A key to be made."""

    service: IdText = Field(description="the service it is for")
    purpose: IdText = Field(default="default", description="what for; two keys of a purpose may be valid at once")
    expires_at: AwareDatetime | None = Field(default=None, strict=False, description="its end; null: none")


class KeyItem(Told):
    """An API key, without its text."""

    id: str
    service: str
    purpose: str
    scopes: list[str]
    cameras: list[str] | None
    kinds: list[str] | None
    state: Literal["valid", "expired", "revoked"]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None

    @staticmethod
    def members_of(kept: Kept[Key], now_s: float) -> dict[str, Any]:
        """Return a key as it is told."""
        key = kept.value
        state = "valid" if key.is_valid(now_s) else "expired" if key.revoked_s is None else "revoked"
        return {
            "id": kept.id,
            "service": key.service,
            "purpose": key.purpose,
            "state": state,
            "created_at": _at(key.created_s),
            "created_by": key.created_by,
            "expires_at": None if key.expires_s is None else _at(key.expires_s),
            "revoked_at": None if key.revoked_s is None else _at(key.revoked_s),
            **grants_told(key.grants),
        }


class CreatedKey(KeyItem):
    """A key that was just made."""

    key: str = Field(description="its text, told this once: `parvis_<id>_<secret>`")


class KeyList(Told):
    """A page of keys."""

    items: list[KeyItem]
    next: str | None = Field(description="`cursor` of the next page; null at the end")


class Me(Told):
    """Who asks."""

    actor: str = Field(description="as the audit log calls it", examples=["member:anne"])
    name: str | None = Field(description="how a person is called")
    service: str | None
    scopes: list[str]
    cameras: list[str] | None
    kinds: list[str] | None
    csrf_token: str | None = Field(description="in a session: to be sent as X-CSRF-Token with each change")

    @staticmethod
    def of(who: Principal, csrf_token: str | None) -> "Me":
        """Return a principal as it is told to itself."""
        grants = Grants(scopes=who.scopes, cameras=who.cameras, kinds=who.kinds)
        name = who.names.get("name")
        return Me(actor=who.actor, name=name, service=who.service, csrf_token=csrf_token, **grants_told(grants))


class TicketItem(Told):
    """A way in for one event stream."""

    ticket: str = Field(description="to be given as `?ticket=` to a path that ends in /stream, once")
    expires_at: datetime


def _at(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
