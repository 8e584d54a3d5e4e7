"""Names in Redis of what the hypervisor keeps. All carry one hash tag, so one call can touch them together.

| key | type | holds |
|---|---|---|
| `parvis1:{hypervisor}:c:<collection>` | hash | id → document: version, order, tags, body, as JSON |
| `parvis1:{hypervisor}:i:<collection>` | sorted set | ids by order |
| `parvis1:{hypervisor}:i:<collection>:<tag>` | sorted set | ids of a tag by order |
| `parvis1:{hypervisor}:x` | sorted set | `<collection>|<id>` of documents with an end, by that moment |
| `parvis1:{hypervisor}:bus` | stream | messages, field `m` = JSON, at most `BUS_MAX` |
| `parvis1:{hypervisor}:audit` | stream | acts, fields `a` = JSON and `h` = hash; never trimmed by itself |
| `parvis1:{hypervisor}:marks` | hash | how far each process has read |
| `parvis1:{hypervisor}:lease:<name>` | string | `<holder>|<token>`, with an end |
| `parvis1:{hypervisor}:rate:<name>` | hash | how often somebody may still ask; ends by itself |
| `parvis1:{hypervisor}:tokens` | hash | name of a lease → last token given |
"""

PREFIX = "parvis1:{hypervisor}:"
BUS = f"{PREFIX}bus"
AUDIT = f"{PREFIX}audit"
MARKS = f"{PREFIX}marks"
ENDS = f"{PREFIX}x"
TOKENS = f"{PREFIX}tokens"

BUS_MAX = 200_000
"""Messages kept on the bus; deliveries have a copy of what they still owe."""


def collection(name: str) -> str:
    """Return the key of a collection's documents."""
    return f"{PREFIX}c:{name}"


def index(name: str, tag: str = "") -> str:
    """Return the key of a collection's order, of all documents or of a tag."""
    return f"{PREFIX}i:{name}:{tag}" if tag else f"{PREFIX}i:{name}"


def lease(name: str) -> str:
    """Return the key of a lease."""
    return f"{PREFIX}lease:{name}"


def bucket(name: str) -> str:
    """Return the key of what is left of somebody's requests."""
    return f"{PREFIX}rate:{name}"
