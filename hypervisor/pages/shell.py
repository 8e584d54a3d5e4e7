"""What all pages share: language, colours, the way around, who is signed in, and the words that scripts say."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from hypervisor.access.cookies import root_of
from hypervisor.access.porter import COOKIE
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import csrf_token
from hypervisor.pages.words import LANGUAGES, Words, common, language_of, said

LANGUAGE_COOKIE, THEME_COOKIE = "parvis_lang", "parvis_theme"
THEMES = ("auto", "light", "dark")
YEAR_S = 365 * 86400


class Stop(NamedTuple):
    """One entry of the way around."""

    name: str  # its word, `nav_<name>`
    path: str
    scope: str  # who may go there
    also: tuple[str, ...] = ()  # further paths that belong to it


WAY = (
    Stop("overview", "/", "flows:read"),
    Stop("explore", "/explore", "flows:read"),
    Stop("cases", "/cases", "cases:read"),
    Stop("rules", "/rules", "alerts:read"),
    Stop("subscriptions", "/subscriptions", "subscriptions:read"),
    Stop("admin", "/admin", "admin"),
    Stop("decisions", "/decisions", "flows:read", ("/indicators", "/recommendations", "/cross", "/experiments")),
)


def chosen_language(request: Request) -> str:
    """Return the language to write in: of the address, of the last choice, of the browser."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return language_of(asked, request.headers.get("accept-language", ""))


def page(
    request: Request,
    who: Principal,
    template: str,
    words: Words,
    data: Mapping[str, Any] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return a page: `template` extends `shell.html` and speaks through `t`; scripts find `words` and `data`.

    `data` is what the page's script needs to know (`page` of `static/shell/text.js`); it must hold no secret.
    """
    language = chosen_language(request)
    t = said(language, common.WORDS, words)
    cookie = request.cookies.get(COOKIE, "") if who.kind == "member" else ""
    known = {
        "csrf": csrf_token(cookie) if cookie else "",
        "scopes": sorted(who.scopes),
        "service": who.service,
        "member": who.id,
    }
    html = (
        environment()
        .get_template(template)
        .render(
            t=t,
            texts=script_data(t),
            page=script_data({**known, **(data or {})}),
            csrf=known["csrf"],
            who=who,
            way=[stop for stop in WAY if who.may(stop.scope)],
            here=_here(request),
            **frame(request, language),
            **values,
        )
    )
    return finished(request, HTMLResponse(html), language)


def frame(request: Request, language: str) -> dict[str, Any]:
    """Return what every template needs, with or without somebody signed in."""
    theme = request.query_params.get("theme") or request.cookies.get(THEME_COOKIE)
    theme = theme if theme in THEMES else "auto"
    following = THEMES[(THEMES.index(theme) + 1) % len(THEMES)]
    url = request.url
    return {
        "lang": language,
        "languages": [
            (code, name, f"?{url.include_query_params(lang=code).query}") for code, name in LANGUAGES.items()
        ],
        "theme": theme,
        "next_theme": following,
        "theme_link": f"?{url.include_query_params(theme=following).query}",
        "root": root_of(request),
    }


def finished(request: Request, answer: HTMLResponse, language: str) -> HTMLResponse:
    """Say how an answer may be kept, and keep what was chosen."""
    answer.headers.update(
        {"Content-Language": language, "Vary": "Accept-Language, Cookie", "Cache-Control": "no-store"}
    )
    for name, cookie, allowed in (("lang", LANGUAGE_COOKIE, LANGUAGES), ("theme", THEME_COOKIE, THEMES)):
        chosen = request.query_params.get(name)
        if chosen is not None and chosen in allowed:
            answer.set_cookie(cookie, chosen, YEAR_S, path=root_of(request) or "/", samesite="lax", httponly=True)
    return answer


def script_data(value: Any) -> Markup:
    """Return data for a block of JSON: no `</script>` can end it early, because every < is written as an escape."""
    return Markup(json.dumps(value, ensure_ascii=False).replace("<", "\\u003c"))


@cache
def environment() -> Environment:
    """Return where templates are found; everything that they show is escaped."""
    folder = Path(__file__).parent.parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


def _here(request: Request) -> str:
    """Return which entry of the way around is shown: the one with the longest path that leads here."""
    path = request.url.path.removeprefix(root_of(request))
    path = next((one.path for one in WAY if path in one.also), path)
    fitting = [one.path for one in WAY if path == one.path or (one.path != "/" and path.startswith(f"{one.path}/"))]
    return max(fitting, key=len, default="/" if path.startswith("/cameras") else "")
