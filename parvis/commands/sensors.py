"""`parvis sensors listen`: values of sensors out of an MQTT broker."""

import asyncio
import signal
from time import time
from typing import Annotated

import typer

from parvis.doors import DATA_DIR, Config, DataDir, Redis
from pipeline.config_file import load_config
from pipeline.embedded import ensure_server
from pipeline.errors import Refused
from pipeline.redis_client import connect

app = typer.Typer(no_args_is_help=True)
START_TIMEOUT_S = 3.0


@app.callback()
def _sensors() -> None:
    """Sensors: take their values from an MQTT broker."""


@app.command("listen")
def listen_command(
    broker: Annotated[
        str,
        typer.Option(
            "--broker",
            envvar="PARVIS_MQTT",
            help="mqtt://user:password@host:1883 or mqtts://host:8883; the variable keeps a password out of sight.",
            show_default=False,
        ),
    ],
    prefix: Annotated[
        str, typer.Option("--prefix", help="First part of the topics that are subscribed to.")
    ] = "parvis",
    config: Config = None,
    redis: Redis = None,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Take values of registered sensors from PREFIX/sensors/ID/values and …/payload, and uplinks of The Things Stack.

    Who may publish to these topics is the broker's to say. It goes on when the broker or Redis was away, until Ctrl-C.
    """
    from hypervisor.sensors.mqtt import Broker, WrongBroker

    try:
        where = Broker.parse(broker)
    except WrongBroker as error:
        raise Refused(f"--broker: {error}") from None
    if not prefix or any(letter in prefix for letter in "+#\0 "):
        raise Refused(f"--prefix: {prefix!r} is no first part of a topic; expected text without + # and spaces")
    loaded = load_config(config) if config else None
    chosen = redis or (loaded.redis if loaded else "embedded")
    folder = loaded.data_dir if loaded else data_dir
    url = ensure_server(folder) if chosen == "embedded" else chosen
    connect(url, folder, START_TIMEOUT_S).close()
    typer.echo(f"parvis: {prefix}/sensors/… at {where.host}:{where.port} (Ctrl-C ends it)", err=True)
    asyncio.run(_until_signal(where, url, prefix))


async def _until_signal(broker: object, url: str, prefix: str) -> None:
    from hypervisor.ending import end
    from hypervisor.sensors.ledger import Ledger
    from hypervisor.sensors.listener import Listener
    from hypervisor.sensors.mqtt import Broker, listen
    from hypervisor.sensors.sealing import seal
    from hypervisor.store.redis_store import RedisStore

    assert isinstance(broker, Broker)
    store = RedisStore(url)
    ledger = Ledger(store, time)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    tasks = [asyncio.create_task(one) for one in (listen(broker, Listener(ledger, time, prefix)), seal(ledger))]
    waiting = asyncio.create_task(ended.wait())
    done, _ = await asyncio.wait([*tasks, waiting], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await end(*tasks)
    await store.close()
    for task in done - {waiting}:
        task.result()  # a fault of ours ends the process with its reason
