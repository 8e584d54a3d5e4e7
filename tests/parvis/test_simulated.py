"""A whole simulated city: five weeks of it, through every door, and the whole library of indicators over it."""

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, time

import pytest
from fastapi.testclient import TestClient

from hypervisor.settings import Settings
from parvis.simulated.loading import load
from parvis.simulated.town import Town, town
from parvis.simulated_site import ending
from tests.hypervisor.builders import application

DAYS, SEED = 35, 11

def test_a_month(valkey_url: str, tmp_path: Path) -> None:
    t=perf_counter()
    built = town(DAYS, ending(DAYS, time()), SEED)
    print("town", perf_counter()-t); t=perf_counter()
    load(valkey_url, tmp_path, built, SEED, time())
    print("load", perf_counter()-t); t=perf_counter()
    settings = Settings(history_dir=tmp_path/"history", indicators_dir=tmp_path/"indicators")
    with TestClient(application(valkey_url, settings, time), base_url="http://127.0.0.1") as client:
        days = built.days()
        r = client.get(f"/v1/indicators/values?from={days[6]}T00:00:00Z&to={days[34]}T00:00:00Z").json()
        print("values", perf_counter()-t); t=perf_counter()
        for i in r["items"]:
            print(i["indicator"], i["value"], i.get("low"), i.get("high"), i["unit"], i["coverage"], (i.get("why") or {}).get("en"))
        print(sum(i["value"] is not None for i in r["items"]))
