"""Whether a formula means something: known names, fitting units, no division by what is always zero."""

from collections.abc import Iterator

from hypervisor.indicators.functions import DECIBEL, FUNCTIONS, Function, Type
from hypervisor.indicators.language import Binary, Call, FormulaError, Node, Number, calls, parsed
from hypervisor.indicators.sources import FACTS, PARAMETERS, Wanted, fact, wanted
from hypervisor.indicators.units import Unit
from hypervisor.query import known_measure
from pipeline.config_faults import did_you_mean


def compiled(text: str, unit: str) -> Node:
    """Return the tree of a formula whose result is a number in a unit.

    Raises:
        FormulaError: if it is no formula, or gives something else; with line and column.
    """
    node = parsed(text)
    found = type_of(node)
    if found.sort != "number":
        raise FormulaError(node.at, f"gives {found}; expected one number, such as mean(…) or per_day(…)")
    if found.unit != Unit.of(unit):
        raise FormulaError(node.at, f"gives {found.unit}; expected the unit of the indicator, {unit}")
    return node


def type_of(node: Node) -> Type:
    """Return what a formula gives.

    Raises:
        FormulaError: if it means nothing.
    """
    if isinstance(node, Number):
        return Type("number")
    return _binary(node) if isinstance(node, Binary) else _call(node)


def series_of(node: Node) -> tuple[Wanted, ...]:
    """Return the series that a checked formula reads."""
    return tuple(dict.fromkeys(found for one in calls(node) if (found := wanted(one)) is not None))


def facts_of(node: Node) -> Iterator[Call]:
    """Yield the calls of a checked formula that read facts."""
    return (one for one in calls(node) if one.name in FACTS)


def constant(node: Node) -> float | None:
    """Return the number that a formula always is; None if it depends on anything."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Call):
        return None
    left, right = constant(node.left), constant(node.right)
    if left is None or right is None:
        return 0.0 if node.operator == "*" and 0.0 in (left, right) else None
    if node.operator == "/":
        return left / right if right else None
    return {"+": left + right, "-": left - right, "*": left * right}.get(node.operator)


def _call(call: Call) -> Type:
    series = wanted(call)
    if series is not None:
        return Type("hours", Unit.of(series.unit), counts=series.counts)
    known = fact(call)
    if known is not None:
        sort = "hours" if known.sort == "events" else known.sort
        return Type(sort, Unit.of(known.unit), counts=known.sort == "events")
    if call.name not in FUNCTIONS:
        raise FormulaError(call.at, _unknown(call.name))
    return _function(call, FUNCTIONS[call.name])


def _unknown(name: str) -> str:
    hint = did_you_mean(name, [*FUNCTIONS, *FACTS])
    try:
        known_measure(name)
    except ValueError:
        return f"{name} is no measure and no function{hint}; expected a series of /v1/series or a function"
    return f"{name} is kept for a short time only{hint}; expected a measure without _min or _max"


def _function(call: Call, function: Function) -> Type:
    usage = f"{call.name}({', '.join(['x', *(one.name for one in function.numbers)])})"
    if call.named or len(call.arguments) != 1 + len(function.numbers):
        raise FormulaError(call.at, f"{call.name} has other arguments; expected {usage}")
    of = type_of(call.arguments[0])
    for given, meant in zip(call.arguments[1:], function.numbers, strict=True):
        if not isinstance(given, Number) or not meant.low <= given.value <= meant.high:
            listed = f"a number from {meant.low:g} to {meant.high:g}"
            raise FormulaError(given.at, f"{meant.name} of {call.name} is none of them; expected {listed}")
    if of.sort not in function.takes:
        raise FormulaError(call.at, f"{call.name} is of {of}; expected {' or '.join(function.takes)}")
    _needed(call, function, of)
    return function.gives(of)


def _needed(call: Call, function: Function, of: Type) -> None:
    is_needed = {
        "": not of.truth,
        "counts": of.counts,
        "levels": not of.counts and not of.truth,
        "truth": of.truth,
        "share": of.unit.is_none,
    }[function.needs]
    if call.name in ("between", "weekdays", "weekends"):
        is_needed = True
    if not is_needed:
        wanted_kind = {"": "counts or levels", "truth": "a comparison", "share": "a share"}.get(
            function.needs, function.needs
        )
        raise FormulaError(call.at, f"{call.name} is of {of} in {of.unit}; expected {wanted_kind}")
    if function.of_decibels is not None and (of.unit == DECIBEL) != function.of_decibels:
        other = "energy_mean or lden" if of.unit == DECIBEL else "a series in dB"
        raise FormulaError(call.at, f"{call.name} of {of.unit} means nothing; expected {other}")


def _binary(node: Binary) -> Type:
    left, right = type_of(node.left), type_of(node.right)
    sorts = {one.sort for one in (left, right)} - {"number"}
    if len(sorts) > 1 or "times" in sorts or left.truth or right.truth:
        raise FormulaError(node.at, f"{node.operator} is between {left} and {right}; expected things of one kind")
    sort = sorts.pop() if sorts else "number"
    if node.operator == "*":
        return Type(sort, left.unit * right.unit, counts=left.counts != right.counts)
    if node.operator == "/":
        if constant(node.right) == 0:
            raise FormulaError(node.at, "divides by what is always zero; expected another divisor")
        return Type(sort, left.unit / right.unit, counts=left.counts and right.sort == "number")
    plain = isinstance(node.left, Number) or isinstance(node.right, Number)
    if left.unit != right.unit and not plain:
        raise FormulaError(node.at, f"{node.operator} is between {left.unit} and {right.unit}; expected one unit")
    unit = left.unit if isinstance(node.right, Number) else right.unit
    if node.operator in ("+", "-"):
        return Type(sort, unit, counts=left.counts and right.counts)
    if sort == "number":
        raise FormulaError(node.at, f"{node.operator} compares two numbers; expected hours or days on one side")
    return Type(sort, truth=True)


def parameters_of(node: Node) -> tuple[str, ...]:
    """Return the numbers of the city that a formula needs."""
    found = (dict(one.named)["name"] for one in calls(node) if one.name == "parameter")
    return tuple(one for one in dict.fromkeys(found) if one in PARAMETERS)
