"""`/rules`: what a service wants to be alerted of, and the form that makes a rule."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.alerts.model import Subject
from hypervisor.alerts.texts import DEPOSITS, TROUBLES, UNITS, measure_names
from hypervisor.catalogue import ROWS
from hypervisor.pages.shell import chosen_language, page
from hypervisor.pages.words import LANGUAGES, rules
from hypervisor.routes.rules import RuleId
from hypervisor.rules import model

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Principal, needs("alerts:read")]
Writer = Annotated[Principal, needs("rules:write")]


@router.get("/rules")
def listed(request: Request, who: Reader) -> HTMLResponse:
    """Return the list of rules."""
    return page(request, who, "rules.html", rules.WORDS, named(request))


@router.get("/rules/new")
def new(request: Request, who: Writer) -> HTMLResponse:
    """Return the form of a new rule."""
    return _form(request, who, None)


@router.get("/rules/{rule}")
def one(request: Request, who: Reader, rule: RuleId) -> HTMLResponse:
    """Return a rule in its form."""
    return _form(request, who, rule)


def _form(request: Request, who: Principal, rule: str | None) -> HTMLResponse:
    names = named(request)
    return page(
        request, who, "rule.html", rules.WORDS, names | {"rule": rule}, names=names, can_write=who.may("rules:write")
    )


def named(request: Request) -> dict[str, Any]:
    """Return what rules can watch, as people call it: measures with where they are taken, deposits, troubles."""
    column = list(LANGUAGES).index(chosen_language(request))
    measures = []
    for series, row in ROWS.items():
        if row.to:
            continue  # has a series for each destination, so no single figure
        base = measure_names(Subject(kind="flow", measure=series))[column]
        ending = series.rpartition("_")[2]
        more = {"max": "", "p50": " (p50)", "p85": " (p85)", "p90": " (p90)"}.get(ending, "")
        unit = UNITS.get(row.unit, (row.unit, row.unit))[column]
        measures.append({"id": series, "name": base + more, "unit": unit, "of": row.subject, "directed": row.directed})
    return {
        "measures": measures,
        "deposits": {name: words[column] for name, words in DEPOSITS.items()},
        "troubles": {name: TROUBLES[name][column] for name in model.TROUBLES},
    }
