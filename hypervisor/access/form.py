"""The sign-in page: one form that works without scripts, in French and English."""

from html import escape
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from hypervisor.access.cookies import drop, put, root_of
from hypervisor.access.porter import COOKIE
from hypervisor.access.sessions import SignedIn
from hypervisor.pages.shell import chosen_language, environment, finished, frame
from hypervisor.pages.words import common, said
from hypervisor.pages.words import sign_in as words_of_it

TOKEN_COOKIE = "parvis_sign_in"
TOKEN_S = 3600
MOST_BYTES = 8192


def sign_in_page(
    request: Request, token: str, status: int = 200, fault: str = "", filled: dict[str, str] | None = None
) -> HTMLResponse:
    """Return the page; `fault` names a text, `filled` are fields that were sent before."""
    language, given = chosen_language(request), filled or {}
    following = safe_next(given.get("next") or request.query_params.get("next", ""))
    framed = frame(request, language)
    framed["languages"] = [
        (code, called, f"?lang={code}&next={quote(following, safe='')}") for code, called, _ in framed["languages"]
    ]
    html = (
        environment()
        .get_template("sign_in.html")
        .render(
            t=said(language, common.WORDS, words_of_it.WORDS),
            fault=fault,
            token=token,
            next=following,
            name=given.get("name", ""),
            provider=request.app.state.context.provider is not None,
            **framed,
        )
    )
    answer = finished(request, HTMLResponse(html, status), language)
    put(request, answer, TOKEN_COOKIE, token, TOKEN_S)
    return answer


def begun(request: Request, answer: Response, signed_in: SignedIn, now_s: float) -> Response:
    """Put a session's cookie into an answer."""
    seconds = max(0, round(signed_in.expires_s - now_s))
    put(request, answer, COOKIE, signed_in.secret, seconds)
    drop(request, answer, TOKEN_COOKIE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def ended(request: Request, answer: Response) -> Response:
    """Take a session's cookie away."""
    drop(request, answer, COOKIE)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def onward(request: Request, following: str) -> HTMLResponse:
    """Return a page that leads on by itself."""
    words = said(chosen_language(request), words_of_it.WORDS)
    text, address = escape(words["sign_in_go_on"]), escape(root_of(request) + following)
    return HTMLResponse(
        f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={address}">'
        f'<title>Parvis</title><p><a href="{address}">{text}</a></p>'
    )


async def fields_of(request: Request) -> dict[str, str]:
    """Read a form; empty if it is too large or none."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            return {}
    try:
        return dict(parse_qsl(body.decode("utf-8"), max_num_fields=20))
    except ValueError:
        return {}


def safe_next(asked: str) -> str:
    """Return where to go after signing in: a path of ours, never another host."""
    parts = urlsplit(asked.replace("\\", "/")) if asked.isprintable() else urlsplit("")
    inside = not parts.scheme and not parts.netloc and parts.path.startswith("/") and not parts.path.startswith("//")
    return asked if inside and "\\" not in asked else "/"
