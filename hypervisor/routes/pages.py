"""`/`, the first page, and `/docs`, the reference; both work without any other host."""

from functools import cache
from html import escape
from json import dumps
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import HTMLResponse

from hypervisor.reference import render
from hypervisor.texts import LANGUAGES, TEXTS, language

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TEMPLATES = Path(__file__).parent.parent / "templates"


@router.get("/")
def page(lang: str | None = None, accept_language: Annotated[str, Header()] = "") -> HTMLResponse:
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
    html = _template("page.html").substitute(words, lang=chosen, switch=switch, texts=data)
    return HTMLResponse(html, headers={"Content-Language": chosen, "Vary": "Accept-Language"})


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the reference."""
    document = request.app.openapi()
    about = escape(document["info"]["description"])
    return HTMLResponse(_template("docs.html").substitute(about=about, reference=render(document)))


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
