"""A refusal as a page, for people whose browser asked for one: in their language, with a way on."""

from http import HTTPStatus

from fastapi import Request
from fastapi.responses import HTMLResponse

from hypervisor.access.gate import asks_for_a_page
from hypervisor.pages.shell import chosen_language, environment, finished, frame
from hypervisor.pages.words import common, problem, said
from hypervisor.problems import PROBLEMS, Refusal

HEADINGS = {
    HTTPStatus.FORBIDDEN: "not_allowed",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.TOO_MANY_REQUESTS: "too_often",
    HTTPStatus.INTERNAL_SERVER_ERROR: "broken",
    HTTPStatus.SERVICE_UNAVAILABLE: "away",
}
AGAIN = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


def problem_page(request: Request, refusal: Refusal) -> HTMLResponse | None:
    """Return the page that says a refusal; None for programs, which read problem documents."""
    if not asks_for_a_page(request):
        return None
    status, language = HTTPStatus(PROBLEMS[refusal.slug].status), chosen_language(request)
    html = (
        environment()
        .get_template("problem.html")
        .render(
            t=said(language, common.WORDS, problem.WORDS),
            heading=HEADINGS.get(status, "refused"),
            status=status.value,
            detail=refusal.detail,
            again=str(request.url.path) if status in AGAIN else "",
            **frame(request, language),
        )
    )
    return finished(request, HTMLResponse(html, status), language)
