"""What a service may be told: decided when an event is fanned out, not only when the subscription was made."""

from collections.abc import Mapping, Sequence

from hypervisor.access.principal import Principal
from hypervisor.delivery.candidates import Candidate
from hypervisor.delivery.model import Grant
from hypervisor.kinds import scope_of
from hypervisor.notices import is_visible
from pipeline.observation import CameraDescription

Entitled = Mapping[str, Sequence[Principal]]
"""Service → its valid keys and active members. What none of them may see, its subscriptions do not get."""


def granted(principal: Principal) -> Grant:
    """Return what is kept of the rights of whoever makes a subscription."""
    return Grant(
        cameras=None if principal.cameras is None else sorted(principal.cameras),
        kinds=None if principal.kinds is None else sorted(principal.kinds),
        scopes=sorted(principal.scopes),
    )


def as_principal(grant: Grant, service: str) -> Principal:
    """Return a kept grant in the form that can be asked."""
    return Principal(
        "key",
        "",
        service,
        frozenset(grant.scopes),
        None if grant.cameras is None else frozenset(grant.cameras),
        None if grant.kinds is None else frozenset(grant.kinds),
    )


def may_see(principal: Principal, candidate: Candidate) -> bool:
    """Tell whether somebody's scopes, kinds and cameras cover a candidate, all of its cameras included."""
    scope = scope_of(candidate.kind)
    return (
        (not scope or principal.may(scope))
        and principal.hears(candidate.kind)
        and all(principal.sees(camera) for camera in candidate.cameras)
    )


def may_be_told(candidate: Candidate, cameras: Mapping[str, CameraDescription]) -> bool:
    """Tell whether the purpose of all cameras lets a message out (`events.visible` has judged observations)."""
    return candidate.source == "feed" or is_visible(candidate.data, candidate.cameras, cameras)
