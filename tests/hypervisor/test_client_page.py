"""The Python client of docs/api.md does what the page says, in a process of its own against a real port."""

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.hypervisor.builders import Site
from tests.hypervisor.running import running

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def test_the_client_of_the_page_works(valkey_url: str, site: Site, tmp_path: Path) -> None:
    (program,) = re.findall(r"## From Python\n.*?```python\n(.+?)```", PAGE, flags=re.DOTALL)
    now_s = datetime.now(UTC).timestamp()
    site.camera()
    site.bucket(now_s // 3600 * 3600 - 3600, 3600, forward=18)
    site.tell("crossing", at_s=now_s)
    file = tmp_path / "client.py"
    file.write_text(program, encoding="utf-8")
    with running(valkey_url) as port:
        told = {"PARVIS_URL": f"http://127.0.0.1:{port}", "PARVIS_KEY": "parvis_any"}
        told |= {"NOW": datetime.now(UTC).isoformat()}
        command = [sys.executable, "-I", str(file)]
        ended = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    first, again, *rest = ended.stdout.splitlines()
    assert "'kept': 1" in first
    assert "'repeated': 1" in again
    assert "nord entree person forward 18" in rest
    assert re.fullmatch(r"\d+-\d+@nord crossing entree", rest[-1])
