"""`parvis cleanliness`: what an operator says of a zone or a deposit."""

from pathlib import Path
from typing import Annotated

import typer

from parvis.commands.choose import chosen_camera
from parvis.commands.explain import explain_command
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import Refused
from pipeline.orders import Order

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

app.command("explain")(explain_command)

Config = Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)]
Camera = Annotated[str | None, typer.Option("--camera", help="Camera of the configuration, where it has several.")]


@app.command("clean")
def clean_command(
    config: Config,
    zone: Annotated[str, typer.Option("--zone", help="The zone.", show_default=False)],
    camera: Camera = None,
) -> None:
    """Say that a zone is clean as it is now: the running worker takes it as reference."""
    loaded = load_config(config)
    one = chosen_camera(loaded, camera)
    _send(loaded, one, Order(do="clean", zone=_watched(loaded, one, zone)))


@app.command("normal")
def normal_command(
    config: Config,
    zone: Annotated[str | None, typer.Option("--zone", help="All that lies in this zone now.")] = None,
    deposit: Annotated[str | None, typer.Option("--deposit", help="This deposit only.")] = None,
    camera: Camera = None,
) -> None:
    """Say that what lies in a zone, or one deposit, belongs there: it ends as `absorbed` and is in no figure."""
    if (zone is None) == (deposit is None):
        raise Refused("parvis cleanliness normal: expected --zone or --deposit, one of them")
    loaded = load_config(config)
    one = chosen_camera(loaded, camera)
    if zone is not None:
        _send(loaded, one, Order(do="normal", zone=_watched(loaded, one, zone)))
    else:
        _send(loaded, one, Order(do="normal", deposit=deposit))


def _watched(loaded: LoadedSite, camera: CameraConfig, zone: str) -> str:
    """Return the zone's id, if it is watched for deposits.

    Raises:
        Refused: if it is not.
    """
    names = [one.id for one in camera.zones if one.deposit_rules is not None]
    if zone not in names:
        known = ", ".join(names) or "none; a zone needs measures: [deposits]"
        raise Refused(f"{loaded.path}: camera {camera.id!r} watches no zone {zone!r} for deposits; there are: {known}")
    return zone


def _send(loaded: LoadedSite, camera: CameraConfig, order: Order) -> None:
    from pipeline.redis_client import connect  # only here: what other commands load, they need

    client = connect(loaded.redis, loaded.data_dir)
    try:
        if order.deposit is not None and not client.has_deposit(camera.id, order.deposit):
            raise Refused(f"--deposit {order.deposit}: camera {camera.id!r} has told of none of that id")
        client.command(camera.id, order.model_dump_json())
    finally:
        client.close()
    typer.echo(f"{camera.id}: said; its worker takes it within seconds, and drops it if none runs within a day")
