"""The page of figures in a real browser: the address is the question, gaps are no zeros, what is seen can be taken."""

import csv
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from fastapi.testclient import TestClient

from hypervisor.catalogue import ROWS
from hypervisor.pages.explore import catalogue, whole
from hypervisor.pages.words import measured
from hypervisor.sensors.measures import SERIES
from pipeline import keys
from pipeline.observation import ZoneDescription
from tests.hypervisor.builders import NOON, Site, line
from tests.hypervisor.pages.conftest import Visitor, barriers
from tests.hypervisor.running import running

HOUR_S = 3600
PARIS = ZoneInfo("Europe/Paris")


def area(zone_id: str, *measures: str) -> ZoneDescription:
    """Return a zone of persons."""
    corners = ((0.1, 0.1), (0.5, 0.1), (0.5, 0.9), (0.1, 0.9))
    return ZoneDescription(id=zone_id, points=corners, classes=("person",), measures=measures)


@pytest.fixture
def lived(site: Site) -> Site:
    """Return a site with two weeks behind it: a day that nobody watched, a half-watched hour, trips, a heat map."""
    site.camera(lines=(line(),), zones=(area("gare", "od", "heatmap"), area("marche", "od")))
    site.camera("sud", statistics=True)
    hour = int(time.time()) // HOUR_S * HOUR_S
    real, pipe = site.redis, site.redis.pipeline(transaction=False)
    site.redis = pipe  # hundreds of buckets in one go
    for n in range(1, 15 * 24):
        if 48 <= n < 72:
            continue
        more = {
            keys.count_field("od", "gare", "person", "marche"): 3,
            keys.count_field("od", "marche", "person", "gare"): 1,
            keys.heat_field("gare", "person", 5, "ms"): 4000,
            keys.heat_field("gare", "person", 5, "dx"): 900,
        }
        site.bucket(hour - n * HOUR_S, HOUR_S, forward=10, backward=4, covered=0.5 if n == 30 else 1.0, more=more)
    site.bucket(hour - HOUR_S, HOUR_S, "sud", forward=7)
    site.bucket(hour, HOUR_S, "sud", forward=2, covered=0.1, sealed=False)
    pipe.execute()
    site.redis = real
    return site


@pytest.fixture
def port(valkey_url: str, lived: Site) -> Iterator[int]:
    """Serve it; yield the port."""
    with running(valkey_url) as number:
        yield number


def ready(page: Any, *, has: str = "") -> None:
    """Wait for the answer to what is asked; the first one of a browser may take long."""
    page.wait_for_selector(f"#shown[aria-busy=false] {has}", timeout=20_000)


def options(page: Any, name: str) -> list[str]:
    found: list[str] = page.locator(f"#asked-{name} option").evaluate_all("all => all.map(one => one.value)")
    return found


def test_a_question_is_asked_compared_and_taken_away(visitor: Visitor, port: int, tmp_path: Path) -> None:
    with visitor.opened(port, "/explore", accept_downloads=True) as page:
        ready(page)
        assert page.locator("section[data-card]").count() == 2
        nord = page.locator("section[data-card=nord]")
        assert "25 not observed" in nord.locator(".watched").inner_text()
        assert "withheld" in page.locator("section[data-card=sud] .watched").inner_text()
        page.locator("#asked summary").click()
        page.get_by_label("Nord", exact=True).check()
        ready(page, has="section[data-card=nord]:only-child")
        assert options(page, "line") == ["", "entree"]
        page.get_by_label("Direction").select_option("forward")
        page.get_by_label("Compare with").select_option("week")
        page.wait_for_selector(".comparison")
        assert "Totals do not compare as they are" in page.locator(".comparison .warn").inner_text()
        assert page.locator(".comparison tbody tr").first.locator("td").nth(2).inner_text().startswith("0 (0%)")
        address = page.url
        assert address.endswith("/explore?camera=nord&direction=forward&compare=week")
        shown = page.locator("#shown").inner_text()
        page.reload()
        ready(page, has=".comparison")
        assert (page.url, page.locator("#shown").inner_text()) == (address, shown)
        with page.expect_download() as waiting:
            page.get_by_role("button", name="These figures (CSV)").click()
        waiting.value.save_as(tmp_path / "figures.csv")
        rows = list(csv.DictReader((tmp_path / "figures.csv").read_text().splitlines()))
        assert {row["direction"] for row in rows} == {"forward"}
        assert {row["status"] for row in rows} >= {"observed", "not_observed", "partial"}
        assert all((row["value"] == "") == (row["status"] == "not_observed") for row in rows)
        with page.expect_download() as waiting:
            page.get_by_role("link", name="These figures (Parquet)").click()
        waiting.value.save_as(tmp_path / "figures.parquet")
        typed = [{**row, "value": str(float(row["value"])) if row["value"] else ""} for row in rows]
        assert in_file(tmp_path / "figures.parquet") == typed
        with page.expect_download() as waiting:
            page.get_by_role("button", name="This picture (PNG)").click()
        waiting.value.save_as(tmp_path / "figures.png")
        assert (tmp_path / "figures.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert (
            page.get_by_role("link", name="Parquet", exact=True)
            .get_attribute("href")
            .startswith("/v1/exports/counts.parquet?camera=nord")
        )


VALUES = """import("/static/explore/figures.js").then(async ({ cards }) => {
  const to = Date.now();
  const asked = { measure: "crossings", camera: ["nord"], direction: "forward", class: "", line: "" };
  return (await cards(asked, { from: to - 4 * 864e5, to }, "1h"))[0].curves[0].values;
})"""


def test_gaps_are_drawn_as_gaps(visitor: Visitor, port: int) -> None:
    with visitor.opened(port, "/explore?camera=nord&direction=forward") as page:
        ready(page)
        # What uPlot was given and what the canvas shows: no ink of the curve where nobody watched, even at zero.
        values = page.evaluate(VALUES)
        assert values.count(None) >= 24
        assert 0 not in values
        page.hover(".plot .u-over", position={"x": 20, "y": 50})
        assert "observed" in page.locator("h2 .at").inner_text()


def test_the_other_presentations_and_nobody_shut_out(visitor: Visitor, port: int) -> None:
    with visitor.opened(port, "/explore?camera=nord&period=30d", locale="fr", color_scheme="dark") as page:
        ready(page)
        assert barriers(page) == []
        page.get_by_role("link", name="Tableau").click()
        ready(page, has="table")
        assert "non observé" in page.locator("#shown table").inner_text()
        page.get_by_role("link", name="Heures et jours").click()
        ready(page, has=".week")
        assert page.locator(".week .heat").count() == 7 * 24
        page.get_by_role("link", name="Au sol").click()
        ready(page, has=".ground .h8")
        page.get_by_role("link", name="Origines et destinations").click()
        ready(page, has=".flows")
        assert "view=flows&" in f"{page.url}&"
        assert "measure=od" in page.url
        page.locator(".flow").first.focus()
        assert page.locator(".flow").first.get_attribute("aria-label").startswith("gare → marche\N{NO-BREAK SPACE}:")
        assert barriers(page) == []
    with visitor.opened(
        port, "/explore?lang=en&theme=light&view=hours", viewport={"width": 390, "height": 844}
    ) as page:
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert barriers(page) == []


def test_a_wrong_question_is_answered_in_words(visitor: Visitor, port: int, watched: Any) -> None:
    watched.expected = ("404",)
    with visitor.opened(port, "/explore?period=own&from=2026-03-05&to=2026-03-01") as page:
        page.wait_for_selector("#fault:not([hidden])")
        assert page.locator("#fault").inner_text() == "Choose dates in order."
    with visitor.opened(port, "/explore?camera=nowhere&measure=nothing&view=%3Cb%3E") as page:
        page.wait_for_selector("#fault:not([hidden])")
        assert "'nowhere' is unknown" in page.locator("#fault").inner_text()


PERIODS = """([zone, asked, at]) => import("/static/explore/times.js").then(({ periods, dateOf, wall }) => {
  const { now, then } = periods({ period: "7d", compare: "none", from: "", to: "", since: "", ...asked }, zone, at);
  return [now, then].map((one) => one && [one.from / 1000, one.to / 1000]);
})"""


def test_periods_are_cut_by_the_clocks_of_the_camera(visitor: Visitor, port: int) -> None:
    def at(month: int, day: int, hour: int = 0, minute: int = 0) -> float:
        return datetime(2026, month, day, hour, minute, tzinfo=PARIS).timestamp()

    now_s = at(10, 26, 9, 30)  # the morning after clocks were set back
    with visitor.opened(port, "/explore") as page:
        ready(page)

        def periods(**asked: str) -> Any:
            return page.evaluate(PERIODS, ["Europe/Paris", asked, now_s * 1000])

        assert periods(period="yesterday") == [[at(10, 25), at(10, 26)], None]
        assert at(10, 26) - at(10, 25) == 25 * HOUR_S
        week = [[at(10, 20), now_s], [at(10, 13), at(10, 19, 9, 30)]]
        assert periods(compare="week") == week
        assert periods(period="own", **{"from": "2026-10-01", "to": "2026-10-02"})[0] == [
            at(10, 1),
            at(10, 3),
        ]
        both = periods(period="30d", compare="since", since="2026-09-07")
        assert both == [[at(9, 7), at(10, 12)], [at(8, 3), at(9, 7)]]


def test_every_measure_has_a_name_and_a_way_to_become_one_figure(api: TestClient) -> None:
    assert set(catalogue()) == {*ROWS, *SERIES}
    assert {whole(name) for name in catalogue()} == {"sum", "max", "mean", "none"}
    page = api.get("/explore", headers={"Accept-Language": "fr"}).text
    assert "Vitesse à la ligne, 85e centile" in page
    assert {name for name in measured.WORDS if name.startswith("m_")} >= {f"m_{one.measure}" for one in SERIES.values()}


def in_file(path: Path) -> list[dict[str, str]]:
    """Return the rows of a Parquet file, written as the table writes them."""
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        found = connection.execute(f"SELECT * REPLACE (strftime(start, '%Y-%m-%dT%H:%M:%SZ') AS start) FROM '{path}'")
        names = [name for name, *_ in found.description]
        return [{name: cell(value) for name, value in zip(names, row, strict=True)} for row in found.fetchall()]


def cell(value: object) -> str:
    return "" if value is None else str(value)


def test_series_come_as_a_file_with_all_pages_cameras_and_periods(api: TestClient, site: Site, tmp_path: Path) -> None:
    for name in ("nord", "sud", "est"):
        site.camera(name, lines=(line(),))
    site.bucket(NOON, forward=12)
    asked = {"measure": "crossings", "bucket": "1m", "from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:02:00Z"}
    also = {"also_from": "2026-03-01T12:00:00Z", "also_to": "2026-03-01T12:01:00Z"}
    answer = api.get("/v1/series.parquet", params={**asked, **also, "camera": ["sud", "nord"]})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    (tmp_path / "series.parquet").write_bytes(answer.content)
    rows = in_file(tmp_path / "series.parquet")
    assert [(one["camera"], one["start"][8:16]) for one in rows if one["direction"] == "forward"] == [
        *(("sud", "02T12:00"), ("sud", "02T12:01"), ("nord", "02T12:00"), ("nord", "02T12:01")),
        *(("sud", "01T12:00"), ("nord", "01T12:00")),
    ]
    assert [one["value"] for one in rows if one["status"] == "observed"] == ["12.0", "0.0"]
    half = api.get("/v1/series.parquet", params={**asked, "also_to": also["also_to"]})
    assert (half.status_code, half.json()["errors"][0]["name"]) == (422, "also_from")
    assert api.get("/v1/series.parquet", params={**asked, "camera": "gone"}).status_code == 404


def test_series_come_as_a_table_too(api: TestClient, site: Site) -> None:
    site.camera(name="=1+1", lines=(line(),))
    site.bucket(NOON, forward=12)
    asked = {"measure": "crossings", "bucket": "1m", "from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:02:00Z"}
    answer = api.get("/v1/series", params=asked, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[:3] == [
        "measure,unit,bucket,camera,place,sensor,channel,line,zone,class,direction,from,to,start,value,status,coverage",
        "crossings,crossing,1m,nord,,,,entree,,person,forward,,,2026-03-02T12:00:00Z,12,observed,1.0",
        "crossings,crossing,1m,nord,,,,entree,,person,forward,,,2026-03-02T12:01:00Z,,not_observed,0.0",
    ]
    for other in ("*/*", "application/json, text/csv", "text/html,*/*;q=0.8"):
        assert "json" in api.get("/v1/series", params=asked, headers={"Accept": other}).headers["content-type"]
