"""What is kept of services, members, keys and sessions. No secret is in it: only what proves that one was known."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.access.principal import Principal

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Kept(BaseModel):
    """Base of all documents: frozen, and nothing in it that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Grants(Kept):
    """What a key or a member may do."""

    scopes: frozenset[str]
    cameras: frozenset[str] | None = None  # None: all
    kinds: frozenset[str] | None = None  # None: all


class Service(Kept):
    """A service of the city: mobility, cleanliness, safety, …"""

    name: Name
    contact: str = ""  # whom to ask; shown to other services


class Member(Kept):
    """A person who signs in."""

    name: Name  # how the person is called
    service: str
    grants: Grants
    password: str | None = None  # argon2id, in its own text form; None: signs in elsewhere (OpenID Connect)
    subject: str | None = None  # `sub` at the OpenID provider
    active: bool = True


class Key(Kept):
    """An API key of a service, without the secret."""

    service: str
    purpose: str  # what for; two keys of one purpose may be valid at once, so that one can replace the other
    grants: Grants
    digest: str  # sha256 of the secret, hexadecimal
    created_s: float
    created_by: str
    expires_s: float | None = None
    revoked_s: float | None = None

    def is_valid(self, now_s: float) -> bool:
        """Tell whether it opens anything at a moment."""
        return self.revoked_s is None and (self.expires_s is None or now_s < self.expires_s)


class Slot(Kept):
    """The keys of one service and purpose that may still be valid; its version lets one of two creations win."""

    keys: tuple[str, ...]


class Session(Kept):
    """A member who signed in; its id is the sha256 of the cookie."""

    member: str
    member_version: int  # a change of the member (password, rights) ends all sessions from before
    expires_s: float


class Ticket(Kept):
    """A way in for one event stream; its id is the sha256 of the ticket."""

    credential: str  # of whoever asked for it
    expires_s: float


class Failures(Kept):
    """Wrong passwords for one name, whether or not there is such a member."""

    count: int
    until_s: float  # forgotten then; locked until then once there are too many


def principal_of_key(key_id: str, key: Key) -> Principal:
    """Return who asks with a key."""
    grants = key.grants
    return Principal("key", key_id, key.service, grants.scopes, grants.cameras, grants.kinds, {}, f"keys/{key_id}")


def principal_of_member(member_id: str, member: Member, credential: str) -> Principal:
    """Return who asks in a session."""
    grants, names = member.grants, {"name": member.name}
    return Principal(
        "member", member_id, member.service, grants.scopes, grants.cameras, grants.kinds, names, credential
    )


def grants_told(grants: Grants) -> dict[str, Any]:
    """Return grants as lists, in order."""
    return {
        "scopes": sorted(grants.scopes),
        "cameras": None if grants.cameras is None else sorted(grants.cameras),
        "kinds": None if grants.kinds is None else sorted(grants.kinds),
    }
