"""The sign-in page: one form that works without scripts, in French and English."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from hypervisor.access.cookies import drop, put, root_of
from hypervisor.access.porter import COOKIE
from hypervisor.access.sessions import SignedIn
from hypervisor.texts import LANGUAGES, TEXTS, language

TOKEN_COOKIE = "parvis_sign_in"
TOKEN_S = 3600
MOST_BYTES = 8192
TEMPLATES = Path(__file__).parent.parent / "templates"


def chosen_language(request: Request) -> str:
    """Return the language to write in."""
    return language(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def sign_in_page(
    request: Request, token: str, status: int = 200, fault: str = "", filled: dict[str, str] | None = None
) -> HTMLResponse:
    """Return the page; `fault` names a text, `filled` are fields that were sent before."""
    root, lang = root_of(request), chosen_language(request)
    words, given = TEXTS[lang], filled or {}
    following = safe_next(given.get("next") or request.query_params.get("next", ""))
    with_provider = request.app.state.context.provider is not None
    link = f"{root}/sign-in/provider?next={quote(following, safe='')}"
    html = _template().substitute(
        {name: escape(text) for name, text in words.items()},
        lang=lang,
        root=escape(root),
        switch=_switch(lang, following),
        fault=f'<p class="fault" role="alert">{escape(words[fault])}</p>' if fault else "",
        token=escape(token),
        next=escape(following),
        name=escape(given.get("name", "")),
        provider=_other(link, words["sign_in_provider"]) if with_provider else "",
    )
    headers = {"Content-Language": lang, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    answer = HTMLResponse(html, status, headers)
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
    words, address = TEXTS[chosen_language(request)], escape(root_of(request) + following)
    text = escape(words["sign_in_go_on"])
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


def _switch(lang: str, following: str) -> str:
    return " ".join(
        f'<a href="?lang={code}&amp;next={quote(following, safe="")}" lang="{code}" hreflang="{code}"'
        f"{' aria-current=true' if code == lang else ''}>{name}</a>"
        for code, name in LANGUAGES.items()
    )


def _other(link: str, text: str) -> str:
    return f'<p class="other"><a class="provider" href="{escape(link)}">{escape(text)}</a></p>'


@cache
def _template() -> Template:
    return Template((TEMPLATES / "sign_in.html").read_text(encoding="utf-8"))
