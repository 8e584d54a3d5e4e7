"""`parvis demo --decisions`: three months of a simulated city, and what is decided out of them.

The city (`parvis.simulated`) lies beside the real footage, as if it had been watched; in it, a street before a school
was closed to cars for its last four weeks, and more people walk there since. What is shown goes through the API.
"""

import tempfile
import urllib.request
from datetime import date, timedelta
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.table import Table

from parvis.commands.demo_services import Api
from parvis.doors import Guest, shown, told
from pipeline.errors import Failed

if TYPE_CHECKING:
    from hypervisor.access.directory import Directory
    from parvis.simulated_city import City

DAYS, TRIAL_D, EFFECT, SEED = 91, 28, 0.3, 11
SERVICE, EXPERIMENT = "mobility", "rue-scolaire"
BOARD = "direction"
SCOPES = ("flows:read", "sensors:read", "decisions:write")
TOLD = 14  # recommendations that are printed

NOTES = {
    "context": "L’école accueille 320 élèves ; la rue n’a qu’un trottoir étroit.",
    "lessons": "Les barrières doivent être tenues par deux personnes le premier mois.",
    "following": "Étendre à deux écoles à la rentrée, avec le même protocole.",
}

AROUND = """
Three months of a simulated city lie beside the footage. Three things to try:
  the indicators        {url}/indicators
  NO2 beside traffic    {url}/cross
  an experiment         {url}/experiments
  its sheet (PDF)       {sheet}
{doors}Ctrl-C ends it.
"""


def load(url: str, folder: Path) -> "City":
    """Write the city: its days into the history, its cameras, sensors, deposits and cases into the server."""
    from parvis.simulated.loading import load as loaded
    from parvis.simulated.town import town
    from parvis.simulated_city import Trial
    from parvis.simulated_site import ending

    now_s = time()
    planted = Trial((0,), DAYS - TRIAL_D, EFFECT, ("pedestrian",))
    built = town(DAYS, ending(DAYS, now_s), SEED, (planted,))
    loaded(url, folder, built, SEED, now_s)
    return built.city


class Story:
    """One service's way from figures to a decision."""

    def __init__(self, url: str, port: int, built: "City") -> None:
        self._built, self._port = built, port
        self._api = Api(port, SERVICE, _key(url, SERVICE, SCOPES))
        self._board = Api(port, BOARD, _key(url, BOARD, ("admin",)))
        self._table = Table("asked", "answered", title="From figures to decisions, as the API tells it")

    def tell(self) -> Path:
        """Ask everything, print what is answered, and return where the sheet lies.

        Raises:
            Failed: if something is refused, or the planted effect is not found.
        """
        from parvis.simulated_site import SENSOR

        sentence = self._experiment()
        self._crossed(SENSOR)
        self._others()
        path = self._sheet()
        Console().print(self._table)
        typer.echo(f"{sentence['fr']}\n{sentence['en']}\nThe evaluation sheet: {path}")
        return path

    def _experiment(self) -> dict[str, str]:
        protocol = _protocol(self._built)
        power = self._api("POST", "/v1/experiments/power", protocol)
        self._say("power of the trial, before it starts", f"{power['power']:.0%}")
        _, version = self._api.asked("POST", "/v1/experiments", {"id": EXPERIMENT, "protocol": protocol})
        path = f"/v1/experiments/{EXPERIMENT}"
        started, version = self._api.asked("POST", f"{path}/start", None, version)
        self._say("protocol, sealed", started["seal"][:16])
        judged, version = self._api.asked("POST", f"{path}/evaluate", None, version)
        self._api("PUT", f"{path}/notes", NOTES, version)
        finding = judged["finding"]
        if finding["verdict"] != "effect":
            raise Failed(f"parvis demo: the planted effect was not found: {finding}")
        found = finding["effect"]
        said = f"{found['value']:+.1%} ({found['low']:+.1%} to {found['high']:+.1%}); planted {EFFECT:+.0%}"
        self._say("people on foot, against three controls", said)
        sentence: dict[str, str] = finding["sentence"]
        return sentence

    def _crossed(self, sensor: str) -> None:
        from parvis.simulated_site import PLACES

        first, last = _ends(self._built)
        question = {
            "series": [
                {"measure": "crossings", "camera": PLACES[0].id, "class": "car"},
                {"measure": "no2", "sensor": sensor},
            ],
            "from": f"{first}T00:00:00Z",
            "to": f"{last + timedelta(days=1)}T00:00:00Z",
            "removed": {"rhythm": True, "weather": sensor},
        }
        (pair,) = self._api("POST", "/v1/cross", question)["pairs"]
        self._say("NO2 beside traffic", pair["conclusion"]["text"]["en"])

    def _others(self) -> None:
        """Ask for recommendations and indicators, as who sees all services."""
        found = self._board("POST", "/v1/recommendations/judge")
        listed = self._board("GET", "/v1/recommendations")["items"]
        said = "\n".join(f"{one['title']['en']}: {one['what']['en']}" for one in listed[:TOLD])
        more = f"\nand {len(listed) - TOLD} more" if len(listed) > TOLD else ""
        self._say(f"recommendations, of {found['asked']} questions", f"{said or 'none'}{more}")
        values = self._board("GET", "/v1/indicators/values")["items"]
        computed = sum(one["value"] is not None for one in values)
        self._say("indicators of four weeks", f"{computed} of {len(values)} computed; the others say why not")

    def _sheet(self) -> Path:
        url = f"http://127.0.0.1:{self._port}/v1/experiments/{EXPERIMENT}/sheet?form=pdf&lang=fr"
        with urllib.request.urlopen(urllib.request.Request(url, headers=shown(self._api.key)), timeout=60) as answer:
            path = Path(tempfile.mkdtemp(prefix="parvis-sheet-")) / f"{EXPERIMENT}-fr.pdf"
            path.write_bytes(answer.read())
        return path

    def _say(self, asked: str, answered: str) -> None:
        self._table.add_row(asked, answered)


def show_around(port: int, let_in: Guest, sheet: Path) -> None:
    """Say what can be looked at."""
    typer.echo(AROUND.format(url=f"http://127.0.0.1:{port}", sheet=sheet, doors=let_in.shown()))


def _ends(built: "City") -> tuple[date, date]:
    days = built.days()
    return days[0], days[-1]


def _protocol(built: "City") -> dict[str, Any]:
    from parvis.simulated_site import PLACES, SENSOR

    first, last = _ends(built)
    begin = first + timedelta(days=DAYS - TRIAL_D)
    return {
        "title": "Rue scolaire devant l’école Jaurès",
        "question": "Fermer la rue aux voitures aux heures d’école fait-il marcher davantage ?",
        "hypothesis": "Le nombre de piétons augmente d’au moins 10 %.",
        "tried": "La rue est fermée de 8 h à 9 h et de 16 h à 17 h, barrières tenues par des agents.",
        "service": SERVICE,
        "outcome": {"measure": "crossings", "class": "pedestrian", "wanted": "more", "smallest": 0.1},
        "treated": [{"camera": PLACES[0].id}],
        "controls": [{"camera": one.id} for one in PLACES[1:]],
        # The days at both ends are cut in UTC and not whole in the city's zone.
        "baseline": {"first": f"{first + timedelta(days=1)}", "last": f"{begin - timedelta(days=1)}"},
        "trial": {"first": f"{begin}", "last": f"{last - timedelta(days=1)}"},
        "weather": SENSOR,
    }


def _key(url: str, service: str, scopes: tuple[str, ...]) -> str:
    """Make a key of a service, and the service if it is new, as `parvis admin` does."""
    from hypervisor.access.directory import NewKey
    from hypervisor.access.kept import Grants, Service
    from hypervisor.access.principal import LOCAL

    async def story(directory: "Directory") -> str:
        if await directory.services.get(service) is None:
            await directory.keep_service(LOCAL, service, Service(name=service.title()))
        wanted = NewKey(service, "demo", Grants(scopes=frozenset(scopes)))
        return str((await directory.create_key(LOCAL, wanted))[1])

    return told(url, story)
