"""/first: where the first member is made, with the code that `parvis up` prints. Without scripts, as /sign-in."""

import hmac

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from hypervisor.access.cookies import put, root_of
from hypervisor.access.form import TOKEN_COOKIE, TOKEN_S, begun, fields_of
from hypervisor.access.passwords import SHORTEST
from hypervisor.access.secrets import is_secret, new_secret
from hypervisor.context import Context, Ctx
from hypervisor.pages.shell import chosen_language, environment, finished, frame
from hypervisor.pages.words import common, said
from hypervisor.pages.words import first as words_of_it
from hypervisor.pages.words import sign_in as words_of_sign_in
from hypervisor.problems import Refusal
from hypervisor.routes.sign_in import may_try
from hypervisor.store.values import StoreAway

router = APIRouter(include_in_schema=False)
ONWARD = "/cameras/new"
TYPED = ("code", "name", "service")


@router.get("/first")
async def show_first(context: Ctx, request: Request) -> Response:
    """Show the form, as long as nobody can sign in."""
    if not await context.first.is_open(context.sessions.directory):
        return RedirectResponse(f"{root_of(request)}/sign-in", 303)
    return _page(context, request)


@router.post("/first")
async def make_first(context: Ctx, request: Request) -> Response:
    """Make the first member, who is signed in at once."""
    fields = await fields_of(request)
    token, shown = fields.get("token", ""), request.cookies.get(TOKEN_COOKIE, "")
    if not is_secret(token) or not hmac.compare_digest(token.encode(), shown.encode()):
        return _page(context, request, 400, "sign_in_stale", fields)
    sessions = context.sessions
    try:
        if not await may_try(context, request):
            return _page(context, request, 429, "sign_in_often", fields)
        fault = await context.first.make(sessions.directory, sessions.passwords, fields)
        if fault:
            return _page(context, request, 403 if fault in ("first_wrong", "first_over") else 400, fault, fields)
        signed_in = await sessions.sign_in(fields["name"].strip().lower(), fields["password"])
    except StoreAway:
        return _page(context, request, 503, "sign_in_away", fields)
    except Refusal:
        return _page(context, request, 403, "first_over", fields)
    return begun(request, RedirectResponse(f"{root_of(request)}{ONWARD}", 303), signed_in, context.clock())


def _page(
    context: Context, request: Request, status: int = 200, fault: str = "", filled: dict[str, str] | None = None
) -> HTMLResponse:
    language, token = chosen_language(request), new_secret(context.sessions.directory.random)
    html = (
        environment()
        .get_template("first.html")
        .render(
            t=said(language, common.WORDS, words_of_sign_in.WORDS, words_of_it.WORDS),
            fault=fault,
            token=token,
            shortest=SHORTEST,
            filled={name: (filled or {}).get(name, "") for name in TYPED},
            **frame(request, language),
        )
    )
    answer = finished(request, HTMLResponse(html, status), language)
    put(request, answer, TOKEN_COOKIE, token, TOKEN_S)
    return answer
