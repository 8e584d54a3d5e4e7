"""/sign-in and /sign-out: how people come in, and go. Open to everybody, and written for browsers without scripts."""

import hmac
import logging
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from hypervisor.access.cookies import drop, put_for_return, root_of
from hypervisor.access.form import TOKEN_COOKIE, begun, ended, fields_of, onward, safe_next, sign_in_page
from hypervisor.access.porter import COOKIE
from hypervisor.access.provider import Attempt, ProviderFault
from hypervisor.access.secrets import digest, is_csrf_token, is_secret, new_secret
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal
from hypervisor.store.values import StoreAway

router = APIRouter(include_in_schema=False)
ATTEMPT, NEXT = "parvis_attempt", "parvis_next"
ATTEMPT_S = 600
_log = logging.getLogger(__name__)


@router.get("/sign-in")
async def show_form(context: Ctx, request: Request) -> Response:
    """Show the form; where nobody can sign in yet, lead to where the first member is made."""
    if await _is_first(context):
        return RedirectResponse(f"{root_of(request)}/first", 303)
    return sign_in_page(request, new_secret(context.sessions.directory.random))


@router.post("/sign-in")
async def sign_in(context: Ctx, request: Request) -> Response:
    """Check name and password. The form's token must be the one of its cookie: no other page can send it."""
    fields = await fields_of(request)
    token, shown = fields.get("token", ""), request.cookies.get(TOKEN_COOKIE, "")
    fresh = new_secret(context.sessions.directory.random)
    if not is_secret(token) or not hmac.compare_digest(token.encode(), shown.encode()):
        return sign_in_page(request, fresh, 400, "sign_in_stale", fields)
    try:
        if not await may_try(context, request):
            return sign_in_page(request, fresh, 429, "sign_in_often", fields)
        signed_in = await context.sessions.sign_in(fields.get("name", ""), fields.get("password", ""))
    except Refusal:
        return sign_in_page(request, fresh, 401, "sign_in_wrong", fields)
    except StoreAway:
        return sign_in_page(request, fresh, 503, "sign_in_away", fields)
    answer = RedirectResponse(root_of(request) + safe_next(fields.get("next", "")), 303)
    return begun(request, answer, signed_in, context.clock())


@router.get("/sign-in/provider")
async def to_provider(context: Ctx, request: Request) -> Response:
    """Send the browser to the city's own sign-in."""
    if context.provider is None:
        raise Refusal("not-found", "no OpenID provider is configured")
    attempt = Attempt.new(context.sessions.directory.random)
    try:
        address = await context.provider.address(attempt, _back(request))
    except ProviderFault as error:
        return _no_provider(context, request, error)
    answer = RedirectResponse(address, 303)
    # It comes back from another site: these cookies must be sent then, and they open nothing by themselves.
    put_for_return(request, answer, ATTEMPT, str(attempt), ATTEMPT_S)
    put_for_return(request, answer, NEXT, quote(safe_next(request.query_params.get("next", ""))), ATTEMPT_S)
    return answer


@router.get("/sign-in/provider/return")
async def from_provider(context: Ctx, request: Request) -> Response:
    """Let in whom the provider has proven to be a member."""
    attempt = Attempt.parse(request.cookies.get(ATTEMPT, ""))
    if context.provider is None or attempt is None:
        return _again(context, request, 400, "sign_in_stale")
    code, state = (request.query_params.get(name, "") for name in ("code", "state"))
    if not code or not hmac.compare_digest(state.encode(), attempt.state.encode()):
        return _again(context, request, 400, "sign_in_failed")
    try:
        subject = await context.provider.subject(code, attempt, _back(request))
    except ProviderFault as error:
        return _no_provider(context, request, error)
    member = await context.sessions.of_subject(subject)
    if member is None:
        return _again(context, request, 403, "sign_in_unknown")
    following = safe_next(unquote(request.cookies.get(NEXT, "")))
    # The session's cookie is not sent on the way from another site, so our own page leads on.
    answer = begun(request, onward(request, following), await context.sessions.begin(member), context.clock())
    for name in (ATTEMPT, NEXT):
        drop(request, answer, name)
    return answer


@router.post("/sign-out")
async def sign_out(context: Ctx, request: Request) -> Response:
    """End the session, if the request comes from one of our pages."""
    fields, cookie = await fields_of(request), request.cookies.get(COOKIE, "")
    if not is_secret(cookie) or not is_csrf_token(fields.get("csrf", ""), cookie):
        raise Refusal("not-allowed", "the form has no csrf token of this session; sign out from the page")
    await context.sessions.end(cookie)
    return ended(request, RedirectResponse(f"{root_of(request)}/sign-in", 303))


async def may_try(context: Ctx, request: Request) -> bool:
    """Tell whether an address may try once more: each try takes a moment of the machine, on purpose."""
    address = digest(request.client.host if request.client else "")[:16]  # it is kept for minutes, and not readable
    per_min = context.settings.sign_ins_per_min
    return (await context.store.take(f"sign-in:{address}", per_min / 60, max(1, round(per_min)))).allowed


async def _is_first(context: Context) -> bool:
    try:
        return await context.first.is_open(context.sessions.directory)
    except StoreAway:
        return False


def _back(request: Request) -> str:
    """Return where the provider sends the browser back to; the host was checked before."""
    return f"{request.url.scheme}://{request.url.netloc}{root_of(request)}/sign-in/provider/return"


def _again(context: Ctx, request: Request, status: int, fault: str) -> Response:
    return sign_in_page(request, new_secret(context.sessions.directory.random), status, fault)


def _no_provider(context: Ctx, request: Request, error: ProviderFault) -> Response:
    _log.warning("signing in at the provider failed: %s", error)
    return _again(context, request, 502, "sign_in_failed")
