"""Which pictures of pages the guide shows. To add one: a row here, and its marker in one of `docs.pictures.GUIDES`."""

import json
from typing import NamedTuple
from urllib.parse import quote

from hypervisor.app import ROUTERS
from hypervisor.cross.model import Named
from hypervisor.pages.admin import TABS
from parvis.commands.demo_decisions import EXPERIMENT
from parvis.simulated_site import PLACES, SENSOR

WIDTH, HEIGHT = 1280, 800
PHONE = (390, 844)
TALL = (WIDTH, 960)


class Picture(NamedTuple):
    """One picture: what is opened, and when it is ready."""

    file: str  # under docs/images/pages; a photograph in it wants .jpg, everything else .png
    path: str  # of the page; {camera} and {case} are filled in with the first there is
    ready: str  # a CSS selector that is there once the page shows what it is about
    alt: str
    size: tuple[int, int] = (WIDTH, HEIGHT)
    theme: str = "light"  # empty: it has none
    language: str = "en"
    signed_in: bool = True
    story: str = "--services"  # of `parvis demo`

    @property
    def page(self) -> str:
        """Return the page without what is asked of it."""
        return self.path.partition("?")[0].partition("#")[0]


SERIES = ({"measure": "crossings", "camera": PLACES[0].id, "class": "car"}, {"measure": "no2", "sensor": SENSOR})
NAMED = [Named.model_validate(one).model_dump(mode="json", by_alias=True) for one in SERIES]
QUESTION = {"series": NAMED, "days": 90, "step": "1h", "removed": {"rhythm": True, "holidays": True, "weather": SENSOR}}
CROSSED = f"/cross?q={quote(json.dumps(QUESTION, separators=(',', ':')))}"
SHEET = f"/v1/experiments/{EXPERIMENT}/sheet?form=html"
DECIDED = "--decisions"
DONE = "#content[aria-busy=false]"
PICTURES = (
    Picture("overview.png", "/", "#cameras li b", "The overview: cameras with their state and today's counts"),
    Picture("overview-phone.png", "/", "#cameras li b", "The overview on a phone, in dark colours", PHONE, "dark"),
    Picture("overview-fr.png", "/", "#cameras li b", "La vue d’ensemble, en français", language="fr"),
    Picture("sign-in.png", "/sign-in", "form", "The sign-in page", signed_in=False),
    Picture("camera.jpg", "/cameras/{camera}", "#camera .count b", "A camera: live counts, lines and zones"),
    Picture("camera-edit.jpg", "/cameras/{camera}/edit", "#still:not([hidden])", "The editor: lines and zones"),
    Picture("camera-settings.png", "/cameras/{camera}/settings", "main form", "The settings of a camera"),
    Picture("camera-new.png", "/cameras/new", "main form", "Adding a camera: its source is tested first"),
    Picture("explore.png", "/explore?period=today&bucket=1m", "main canvas", "Explore: a series with its coverage"),
    Picture("cases.png", "/cases", "main a, main tr", "Cases: the inbox of a service"),
    Picture("case.png", "/cases/{case}", "main h1", "A case: its timeline and what can be done"),
    Picture("rules.png", "/rules", "#rules li:not(.empty)", "Rules: what alerts are raised by"),
    Picture("subscriptions.png", "/subscriptions", "#list li:not(.empty)", "Subscriptions and their deliveries"),
    Picture("decisions.png", "/decisions", "main h2, main article, main tr", "Indicators, by theme", story=DECIDED),
    Picture("decisions-cross.jpg", CROSSED, ".pair .best", "NO₂ beside traffic, simulated", TALL, story=DECIDED),
    Picture("decisions-recommendation.jpg", "/recommendations", ".recommendation", "A proposal", TALL, story=DECIDED),
    Picture("decisions-sheet.jpg", SHEET, "section svg", "An evaluation sheet", (900, 1400), "", "fr", story=DECIDED),
    Picture("admin.png", "/admin", DONE, "Services and members, with their rights in words", TALL),
    Picture("admin-fr.png", "/admin", DONE, "Services et membres, en français, couleurs sombres", TALL, "dark", "fr"),
    Picture("admin-keys.png", "/admin/keys", DONE, "API keys: made, shown once, revoked"),
    Picture("admin-cameras.png", "/admin/cameras", DONE, "The cameras, and the ways to their settings"),
    Picture("admin-sensors.png", "/admin/sensors", DONE, "Sensors and their newest values"),
    Picture("admin-models.png", "/admin/models", DONE, "Models: licence, hash, and what a look costs here"),
    Picture("admin-privacy.png", "/admin/privacy", DONE, "The privacy register, with what is kept and who looked"),
    Picture("admin-health.png", "/admin/health", DONE, "Health of all parts"),
    Picture("admin-audit.png", "/admin/audit", DONE, "The audit log, newest first"),
    Picture("account.png", "/account", "#change", "One's own account and password"),
    Picture("reference.png", "/docs", "main h2", "The reference of the API, served offline", (WIDTH, 640)),
)  # fmt: skip


def is_served(page: str) -> bool:
    """Tell whether a page of the list exists in this version."""
    if page.startswith("/admin/"):
        return page in TABS.values()
    if page.startswith("/v1/"):
        return True  # what is made to be read by people, such as sheets
    filled = page.replace("{camera}", "x").replace("{case}", "x")
    routes = [route for router in ROUTERS for route in router.routes]
    return any(
        getattr(route, "path_regex", None) is not None
        and route.path_regex.match(filled)
        and not getattr(route, "include_in_schema", True)
        for route in routes
    )
