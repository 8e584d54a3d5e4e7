"""What a new operator gets wrong is refused at once, in one line that says what was expected."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.running import parvis, refusal

SECRET = "geheimwort"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deliver", "--mqtt", f"http://u:{SECRET}@broker"], "--mqtt: is no address of a server; expected mqtt://host"),
        (["deliver", "--mqtt", f"mqtt://u:{SECRET}@broker:high"], "--mqtt: is no address of a server"),
        (["deliver", "--smtp", f"ftp://u:{SECRET}@mail"], "--smtp: is no address of a server; expected smtp://host"),
        (["deliver", "--smtp", f"smtp://u:{SECRET}@"], "--smtp: is no address of a server"),
        (["deliver", "--mail-from", "the city"], "--mail-from: 'the city' is no address"),
        (["serve", "--name", "two words"], "--name two words: expected a name or an address alone"),
        (["serve", "--name", "https://parvis.example"], "--name https://parvis.example: expected"),
        (["serve", "--name", "parvis.example:443"], "--name parvis.example:443: expected"),
    ],
)
def test_what_could_never_work_is_refused_before_anything_is_started(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    told = refusal(capsys, *arguments, "--data-dir", data)
    assert said in told
    assert SECRET not in told
    assert not data.exists()


def test_a_backup_into_a_folder_that_is_not_there_names_the_file_that_was_meant(
    valkey_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refusal(capsys, "admin", "backup", tmp_path / "away" / "b.backup", "--redis", valkey_url)
    assert told == f"{tmp_path / 'away' / 'b.backup'}: its folder does not exist; expected a file that can be written"


def test_a_register_is_not_written_where_a_file_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "privacy"
    taken.write_text("mine")
    told = refusal(capsys, "privacy", "register", "configs/demo.yaml", "--out", taken, "--no-proof")
    assert told == f"--out {taken}: File exists; expected a folder that can be written"
    assert taken.read_text() == "mine"


@pytest.mark.parametrize("words", [["models", "list"], ["check", "configs/demo.yaml"]])
def test_a_reader_that_goes_away_is_no_failure(words: list[str]) -> None:
    out, into = os.pipe()
    os.close(out)
    ended = subprocess.run([sys.executable, "-m", "parvis", *words], stdout=into, stderr=subprocess.PIPE, check=False)
    os.close(into)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_it_says_which_version_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert parvis("--version") == 0
    assert capsys.readouterr().out == f"parvis {version('parvis')}\n"
