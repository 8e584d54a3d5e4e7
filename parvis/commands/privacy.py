"""`parvis privacy register`: the documents of a controller, and the proof of retention."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.config_file import LoadedSite, load_config
from pipeline.embedded import ensure_server
from pipeline.errors import Refused

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _privacy() -> None:
    """What a controller has to write down and to show."""


@app.command("register")
def register_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("privacy"),
    controller: Annotated[
        str,
        typer.Option("--controller", help="Who answers for it, if no legal basis says.", show_default=False),
    ] = "",
    contact: Annotated[str, typer.Option("--contact", help="Where people exercise rights.", show_default=False)] = "",
    officer: Annotated[str, typer.Option("--officer", help="Data protection officer.", show_default=False)] = "",
    redis: Annotated[
        str | None,
        typer.Option(
            "--redis", envvar="PARVIS_REDIS", help="URL or embedded; wins over the configuration.", show_default=False
        ),
    ] = None,
    proof: Annotated[bool, typer.Option("--proof/--no-proof", help="Measure what is kept now, and until when.")] = True,
) -> None:
    """Write the record of processing (French), the public notice (French and English), the list of cameras and the
    proof of retention.

    They say what this configuration makes Parvis do; what only the controller can say is left open and named. Exit
    code 1: something is kept longer than stated. They are no legal advice.
    """
    from hypervisor.privacy import documents, places
    from hypervisor.privacy.facts import Answerable, Facts

    loaded = load_config(config)
    facts = Facts.of(loaded.site, Answerable(controller, contact, officer))
    today = datetime.now(UTC).date().isoformat()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"--out {out}: {error.strerror}; expected a folder that can be written") from None
    written = {
        "register.md": documents.record(facts, today),
        "notice-fr.md": documents.notice_fr(facts),
        "notice-en.md": documents.notice_en(facts),
        "cameras.geojson": json.dumps(places.cameras(facts), ensure_ascii=False, indent=1) + "\n",
    }
    for name, text in written.items():
        (out / name).write_text(text, encoding="utf-8")
        left = text.count(documents.OPEN_FR) + text.count(documents.OPEN_EN)
        typer.echo(f"{out / name}" + (f": {left} to be filled in" if left else ""))
    if proof:
        faults = _proof(loaded, redis, out)
        raise typer.Exit(1 if faults else 0)


def _proof(loaded: LoadedSite, redis: str | None, out: Path) -> int:
    """Write what is kept now; return how many kinds are kept longer than stated."""
    from hypervisor.privacy.proof import kinds, lines
    from hypervisor.privacy.scan import keys
    from hypervisor.store.values import StoreAway

    where = redis or loaded.redis
    url = ensure_server(loaded.data_dir) if where == "embedded" else where
    try:
        found = lines(kinds(loaded.site), keys(url))
    except StoreAway as error:
        raise Refused(f"redis: {error}; expected a server that answers, or --no-proof") from None
    files = _files(loaded)
    path = out / "retention.json"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    told = {"measured_at": now, "redis": [asdict(line) for line in found], "files": files}
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    faults = [line for line in found if line.verdict != "ok"]
    for line in faults:
        typer.echo(f"{path}: {line.label}: {line.verdict}: {line.example}", err=True)
    for one in files:
        if one["verdict"] != "ok":
            typer.echo(f"{path}: {one['kind']}: {one['verdict']}: {one['example']}", err=True)
    typer.echo(f"{path}: {sum(line.keys for line in found)} keys of {len(found)} kinds looked at")
    return len(faults) + len([one for one in files if one["verdict"] != "ok"])


def _files(loaded: LoadedSite) -> list[dict[str, Any]]:
    from hypervisor.privacy.facts import Answerable, Facts
    from hypervisor.privacy.scan import files

    facts = Facts.of(loaded.site, Answerable())
    stated_s = {
        "tracks": facts.tracks_days * 86_400,
        "pictures": facts.pictures_days * 86_400,
        "history": loaded.site.retention.history_d * 86_400,
    }
    # Those are deleted hourly; of history a month goes on the day after.
    slack_s = {"history": 86_400}
    grouped: dict[str, list[tuple[str, float]]] = {}
    for kind, name, age_s in files(loaded.data_dir, datetime.now(UTC).timestamp()):
        grouped.setdefault(kind, []).append((name, age_s))
    told = []
    for kind, members in grouped.items():
        name, oldest_s = max(members, key=lambda one: one[1])
        late = oldest_s > stated_s[kind] + slack_s.get(kind, 3600)
        verdict = "too long" if late else "ok"
        told.append(
            {
                "kind": kind,
                "files": len(members),
                "stated_s": stated_s[kind],
                "oldest_age_s": round(oldest_s),
                "verdict": verdict,
                "example": name if late else "",
            }
        )
    return told
