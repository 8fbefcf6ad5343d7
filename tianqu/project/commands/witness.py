"""``tianqu witness``: watch other people's logs, on any machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

BODY_SECONDS_MAX: Final = 10.0  # a checkpoint and its proof are some kilobytes


def witness(
    logs: Annotated[Path, typer.Argument(help="File of the logs' verifier keys, a line each.", exists=True)],
    state: Annotated[Path, typer.Option(help="Folder for the key and for what was seen.")] = Path("witness"),
    name: Annotated[str, typer.Option(help="Name of the witness, written into a new key.")] = "witness.localhost",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8100,
) -> None:
    """Cosign the checkpoints of logs that only ever grow; refuse those that rewrite themselves."""
    from granian.constants import HTTPModes, Interfaces
    from granian.server import Server

    from tianqu.kernel.journal.keys import kept_key
    from tianqu.kernel.journal.notes import COSIGNATURE
    from tianqu.kernel.journal.witness import read_logs
    from tianqu.kernel.journal.witness_server import LOGS, NAME, STATE
    from tianqu.project.installation import CONNECTIONS_MAX

    known = read_logs(logs.read_text())
    key = kept_key(state / "witness.key", name=name, kind=COSIGNATURE, environment="TIANQU_WITNESS_KEY")
    os.environ |= {STATE: str(state.resolve()), LOGS: str(logs.resolve()), NAME: name}
    typer.echo(f"Witness {key.verifier} at http://{host}:{port} for {', '.join(known) or 'no log at all'}.")
    Server(
        "tianqu.project.commands.witness:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=1,
        blocking_threads=1,
        backpressure=CONNECTIONS_MAX,
    ).serve()


def application() -> WSGIApplication:
    """Return the witness that the environment describes, behind a reception, so that slow clients keep it from nobody.

    granian calls this in each worker.
    """
    from tianqu.kernel.journal.witness import REQUEST_BYTES_MAX
    from tianqu.kernel.journal.witness_server import application as described
    from tianqu.project.reception import Limits
    from tianqu.project.serving import receive_for

    witness = described()
    limits = Limits(body_bytes_max=REQUEST_BYTES_MAX, body_seconds_max=BODY_SECONDS_MAX)
    receive_for(witness, limits, thread_ends=lambda: None)
    return witness
