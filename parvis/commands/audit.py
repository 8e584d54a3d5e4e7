"""`parvis audit`: the error of a camera's counts, from moments that a person judges."""

import json
import random as random_numbers
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from parvis.commands.choose import chosen_camera
from pipeline.audit.estimate import Estimate, Stratum, corrected, more_to_halve, share_wrong
from pipeline.audit.sampler import WINDOW_S, Moment
from pipeline.audit.survey import draw
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import Refused
from pipeline.still import write_png

SAMPLE, ANSWERS = "sample.json", "answers.json"
YES, NO, UNCLEAR = "yes", "no", "unclear"
WORDS = {"y": YES, "yes": YES, "n": NO, "no": NO, "u": UNCLEAR, "unclear": UNCLEAR}


def audit_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    camera: Annotated[
        str | None, typer.Option("--camera", help="Camera of the configuration, where it has several.")
    ] = None,
    footage: Annotated[
        Path | None, typer.Option("--footage", help="A recording of it.", show_default="the camera's source")
    ] = None,
    samples: Annotated[int, typer.Option("--samples", min=2, max=1000, help="Moments to judge.")] = 40,
    minutes: Annotated[float, typer.Option("--minutes", min=0.05, max=1440, help="Live cameras: how long.")] = 10.0,
    out: Annotated[Path, typer.Option("--out", help="Folder for pictures, questions and answers.")] = Path("audit"),
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Answers to an earlier sample in --out, as JSON: id to yes or no.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Draw the same sample again.")] = None,
) -> None:
    """Draw random moments, ask whether each was counted rightly, and tell the error with its confidence interval."""
    loaded = load_config(config)
    one = chosen_camera(loaded, camera)
    if one.purpose != "operations":
        raise Refused(f"{config}: camera {one.id!r}: purpose-forbids-image: expected the purpose operations")
    if answers is not None:
        _conclude(out, _read(out / SAMPLE), _read(answers))
        return
    if not one.lines:
        raise Refused(f"{config}: camera {one.id!r} has no line; expected one at least to check")
    sample = _draw(loaded, one, (footage, samples, minutes, seed), out)
    if not sys.stdin.isatty():
        count = len(sample["moments"])
        typer.echo(f"{out}: {count} pictures; answer each id with yes, no or unclear in a JSON file: --answers FILE")
        return
    _conclude(out, sample, _asked(out, sample))


def _draw(
    loaded: LoadedSite, camera: CameraConfig, how: tuple[Path | None, int, float, int | None], out: Path
) -> dict[str, Any]:
    footage, samples, minutes, seed = how
    random = random_numbers.Random(seed)
    moments, totals = draw(loaded, camera, footage, minutes * 60, (samples, random))
    names = {line.id: (line.name or line.id, line.directions.model_dump()) for line in camera.lines}
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    rows = []
    for number, moment in enumerate(moments, 1):
        question = _question(moment, *names[moment.line_id])
        write_png(out / f"{number}.png", moment.picture)
        rows.append({"id": str(number), "kind": moment.kind, "time_s": round(moment.time_s, 2), "question": question})
    sample = {"schema": "parvis.audit/1", "camera": camera.id, "totals": totals, "moments": rows}
    (out / SAMPLE).write_text(json.dumps(sample, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return sample


def _question(moment: Moment, line: str, directions: dict[str, str]) -> str:
    if moment.kind == "counted":
        way = directions[moment.direction]
        named = "" if way == moment.direction else f" ({way})"
        return f"Does a {moment.class_name} go over the line {line!r}, {moment.direction}{named}?"
    who = f"anyone else than the {moment.counted} counted" if moment.counted else "anyone"
    return f"Does {who} ({moment.class_name}) go over the line {line!r}, either way?"


def _asked(out: Path, sample: dict[str, Any]) -> dict[str, str]:
    """Ask in the terminal; answers are kept as they are given."""
    given: dict[str, str] = {}
    for moment in sample["moments"]:
        said = ""
        while said not in WORDS:
            said = typer.prompt(f"{out / moment['id']}.png  {moment['question']} [y/n/u]").strip().lower()
        given[moment["id"]] = WORDS[said]
        (out / ANSWERS).write_text(json.dumps(given, indent=1) + "\n", encoding="utf-8")
    return given


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; expected a JSON file") from error
    except ValueError as error:
        raise Refused(f"{path}: is no JSON ({error}); expected a mapping") from error
    if not isinstance(found, dict):
        raise Refused(f"{path}: holds no mapping; expected ids with yes, no or unclear")
    return found


def strata(sample: dict[str, Any], given: dict[str, Any]) -> tuple[Stratum, Stratum]:
    """Return how the counted crossings and the moments were judged; what is unclear or unanswered was not checked.

    Raises:
        Refused: for an answer to nothing, or one that is none.
    """
    kinds = {moment["id"]: moment["kind"] for moment in sample["moments"]}
    for identifier, said in given.items():
        if identifier not in kinds or said not in (YES, NO, UNCLEAR):
            raise Refused(f"answers: {identifier!r}: {said!r}; expected an id of the sample with yes, no or unclear")
    judged = [(kinds[identifier], said) for identifier, said in given.items()]

    def stratum(kind: str, wrong: str) -> Stratum:
        clear = [said for one, said in judged if one == kind and said != UNCLEAR]
        return Stratum(sample["totals"][kind], len(clear), clear.count(wrong))

    return stratum("counted", NO), stratum("moment", YES)


def _conclude(out: Path, sample: dict[str, Any], given: dict[str, Any]) -> None:
    """Tell the error, and delete the pictures: they have served."""
    counted, moments = strata(sample, given)
    if not counted.checked and not moments.checked:
        raise Refused("answers: none is yes or no; expected some")
    truth = corrected(counted, moments)
    typer.echo(f"counted crossings that were none: {_shown(share_wrong(counted), counted)}")
    typer.echo(f"moments of {WINDOW_S:g} s with a crossing that was missed: {_shown(share_wrong(moments), moments)}")
    typer.echo(f"crossings: {counted.total} counted, {truth.value:.1f} estimated ({truth.low:.1f} to {truth.high:.1f})")
    if truth.low > 0:
        parts = (100 * (counted.total / x - 1) for x in (truth.value, truth.high, truth.low))
        typer.echo("error of the count: {:+.1f} % ({:+.1f} % to {:+.1f} %), 95 % confidence".format(*parts))
    typer.echo(f"{more_to_halve(counted, moments)} more checks would halve the interval")
    for moment in sample["moments"]:
        (out / f"{moment['id']}.png").unlink(missing_ok=True)


def _shown(share: Estimate, stratum: Stratum) -> str:
    of = f"{stratum.wrong} of {stratum.checked} checked, of {stratum.total}"
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} % to {100 * share.high:.1f} %; {of})"
