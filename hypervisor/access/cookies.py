"""Cookies: never read by scripts, never sent from other sites, and only over TLS where there is TLS."""

from typing import Literal

from fastapi import Request
from fastapi.responses import Response

SameSite = Literal["strict", "lax"]


def put(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that is sent from our own pages only."""
    _set(request, answer, name, value, seconds)


def put_for_return(request: Request, answer: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie that is also sent when another site leads the browser back here."""
    _set(request, answer, name, value, seconds, "lax")


def drop(request: Request, answer: Response, name: str) -> None:
    """Take a cookie away."""
    _set(request, answer, name, "", 0)


def root_of(request: Request) -> str:
    """Return the prefix under which a proxy serves us; empty without."""
    return str(request.scope.get("root_path", ""))


def _set(
    request: Request, answer: Response, name: str, value: str, seconds: int, same_site: SameSite = "strict"
) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=root_of(request) or "/",
        httponly=True,
        samesite=same_site,
        secure=request.url.scheme == "https",
    )
