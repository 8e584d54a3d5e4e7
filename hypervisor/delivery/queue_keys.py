"""Names in Redis of what is still to be delivered. All carry the hash tag of `hypervisor.store.keys`.

| key after `parvis1:{hypervisor}:d:` | type | holds |
|---|---|---|
| `l:<subscription>\\|<lane>` | list | ids of messages that wait, oldest first; only the head is delivered |
| `lanes:<subscription>` | set | lanes in which something waits |
| `w:<subscription>` | list | lanes that wait for a token, in turn |
| `ready`, `ready:sick` | stream | tokens: lanes that a worker may take now, of well and of failing subscriptions |
| `due` | sorted set | lanes that wait for a moment (a retry, a digest), by it |
| `body` | hash | id → message as JSON, once for all subscriptions; `refs` counts who needs it |
| `out`, `len`, `sick`, `tries` | hash | tokens out, messages waiting, failing since, attempts at a lane's head |
| `held` | set | subscriptions that are paused or disabled |
| `dead:<subscription>`, `deadorder:<subscription>` | hash, sorted set | dead letters, and their order |
| `log:<subscription>` | stream | attempts, field `a` = JSON |
| `counts` | hash | `<what>\\|<subscription>` → how often, for the metrics |

A lane in which something waits is at exactly one place: with a token in a `ready` stream, in `w`, or in `due`. A
subscription has at most a few tokens out, so a worker's slots are never filled by one receiver, and a failing one has a
single token in a stream of its own, so however many receivers are dead, the others do not wait for them.
"""

from hypervisor.store import keys

PREFIX = f"{keys.PREFIX}d:"
READY = f"{PREFIX}ready"
SICK = f"{PREFIX}ready:sick"
GROUP = "workers"
FEED_MARK = "deliver:feed"
BUS_MARK = "deliver:bus"


def dead(subscription: str) -> str:
    """Return the key of a subscription's dead letters."""
    return f"{PREFIX}dead:{subscription}"


def dead_order(subscription: str) -> str:
    """Return the key of the order of a subscription's dead letters."""
    return f"{PREFIX}deadorder:{subscription}"


def log(subscription: str) -> str:
    """Return the key of a subscription's log of attempts."""
    return f"{PREFIX}log:{subscription}"
