"""``tianqu witness``: watch other people's logs, on any machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def witness(
    logs: Annotated[Path, typer.Argument(help="File of the logs' verifier keys, a line each.", exists=True)],
    state: Annotated[Path, typer.Option(help="Folder for the key and for what was seen.")] = Path("witness"),
    name: Annotated[str, typer.Option(help="Name of the witness, written into a new key.")] = "witness.localhost",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8100,
) -> None:
    """Cosign the checkpoints of logs that only ever grow; refuse those that rewrite themselves."""
    from granian.constants import Interfaces
    from granian.server import Server

    from tianqu.kernel.journal.keys import kept_key
    from tianqu.kernel.journal.notes import COSIGNATURE
    from tianqu.kernel.journal.witness import read_logs
    from tianqu.kernel.journal.witness_server import LOGS, NAME, STATE

    known = read_logs(logs.read_text())
    key = kept_key(state / "witness.key", name=name, kind=COSIGNATURE, environment="TIANQU_WITNESS_KEY")
    os.environ |= {STATE: str(state.resolve()), LOGS: str(logs.resolve()), NAME: name}
    typer.echo(f"Witness {key.verifier} at http://{host}:{port} for {', '.join(known) or 'no log at all'}.")
    Server(
        "tianqu.kernel.journal.witness_server:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=2,
    ).serve()
