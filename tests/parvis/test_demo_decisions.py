"""`parvis demo --decisions`: from three months of a simulated city to a sheet on paper."""

import re
import socket
from pathlib import Path

from pypdf import PdfReader

from tests.running import alive_with, process, until
from tests.sites import camera, draw_walk, to_and_fro, write_site


def test_the_story_ends_with_a_sheet(short_dir: Path, tmp_path: Path) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(6))
    config = write_site(tmp_path, camera(pace="realtime", loop=True, recorded_at=None))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with process("demo", "--decisions", "--once", "--port", port, "--config", config, TMPDIR=str(short_dir)) as demo:
        out, err = demo.communicate(timeout=120)
        assert demo.returncode == 0, f"{out}\n{err}"
    assert "Traceback" not in err
    assert "Un effet est établi" in out
    assert "the second is higher too, 2 h" in " ".join(re.sub("│", " ", out).split())
    (computed,) = re.findall(
        r"(\d+) of \d+ computed; the others say why not", " ".join(re.sub("[│]", " ", out).split())
    )
    assert int(computed) >= 60
    assert "Add a bin: Place du Marché" in " ".join(re.sub("[│]", " ", out).split())
    counted = [line for line in out.splitlines() if "│ forward" in line or "│ backward" in line]
    assert counted
    assert all("│ cam " in line for line in counted), "the footage beside the city, and nothing else"
    (sheet,) = re.findall(r"The evaluation sheet: (\S+\.pdf)", out)
    pages = PdfReader(sheet).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert 1 <= len(pages) <= 3
    assert "Rue scolaire devant l’école Jaurès" in text
    assert "Les barrières doivent être tenues" in text
    until(lambda: not alive_with(short_dir), within_s=5)
