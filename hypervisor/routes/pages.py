"""`/`, the first page, and `/docs`, the reference; both work without any other host."""

from functools import cache
from html import escape
from json import dumps
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.cookies import root_of
from hypervisor.access.guard import needs
from hypervisor.access.porter import COOKIE
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import csrf_token
from hypervisor.reference import render
from hypervisor.texts import LANGUAGES, TEXTS, language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs()])
TEMPLATES = Path(__file__).parent.parent / "templates"


@router.get("/")
def page(
    request: Request,
    who: Annotated[Principal, needs()],
    lang: str | None = None,
    accept_language: Annotated[str, Header()] = "",
) -> HTMLResponse:
    """Return the page in the language asked for, or in the browser's."""
    chosen = language(lang, accept_language)
    words = {name: escape(text) for name, text in TEXTS[chosen].items()}
    switch = " ".join(
        f'<a href="?lang={code}" lang="{code}" hreflang="{code}"{" aria-current=true" if code == chosen else ""}>'
        f"{name}</a>"
        for code, name in LANGUAGES.items()
    )
    # No "</script>" can end the data block early: every < is written as an escape.
    data = dumps(TEXTS[chosen], ensure_ascii=False).replace("<", "\\u003c")
    own = {
        "lang": chosen,
        "switch": switch,
        "texts": data,
        "root": root_of(request),
        "leave": _leave(request, who, words),
    }
    html = _template("page.html").substitute(words, **own)
    headers = {"Content-Language": chosen, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the reference."""
    document = request.app.openapi()
    about = escape(document["info"]["description"])
    html = _template("docs.html").substitute(about=about, reference=render(document), root=root_of(request))
    return HTMLResponse(html, headers={"Cache-Control": "no-store"})


def _leave(request: Request, who: Principal, words: dict[str, str]) -> str:
    """Return the button to sign out, for who has signed in."""
    cookie = request.cookies.get(COOKIE, "")
    if who.kind != "member" or not cookie:
        return ""
    return (
        f'<form class="leave" method="post" action="{escape(root_of(request))}/sign-out">'
        f'<input type="hidden" name="csrf" value="{csrf_token(cookie)}">'
        f"<span>{escape(who.names.get('name', who.id))}</span> <button>{words['sign_out']}</button></form>"
    )


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
