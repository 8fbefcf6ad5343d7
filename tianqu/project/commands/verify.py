"""``tianqu verify FILE --key VKEY``: check a proof on any machine, with nothing but the file and the key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    file: Annotated[Path, typer.Argument(help="The proof file (.tlog-proof).", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="The log's verifier key: name+id+base64.")],
    witness: Annotated[
        list[str] | None, typer.Option(help="Verifier key of a witness that must have cosigned; may be repeated.")
    ] = None,
    body: Annotated[
        Path | None, typer.Option(help="A private body that you hold (canonical JSON).", exists=True, dir_okay=False)
    ] = None,
    salt: Annotated[str, typer.Option(help="The salt of that body, in hexadecimal digits.")] = "",
) -> None:
    """Check a proof file: that the entry is in the log, the log's key signed it, and a body is the entry's own."""
    from tianqu.base.errors import InvalidInput, TianquError, _
    from tianqu.kernel.journal.offline import VerifierKey, verify_proof_file

    try:
        salt_bytes = bytes.fromhex(salt) if salt else None
    except ValueError:
        raise InvalidInput(_("The salt is not made of hexadecimal digits."), field="salt") from None
    try:
        verified = verify_proof_file(
            file.read_bytes(),
            VerifierKey.parse(key),
            witnesses=[VerifierKey.parse(text) for text in witness or []],
            body=body.read_bytes() if body else None,
            salt=salt_bytes,
        )
    except TianquError as error:
        typer.secho(f"NOT VERIFIED. {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    for statement in verified.statements:
        typer.echo(statement)
    typer.secho("VERIFIED.", fg="green")
