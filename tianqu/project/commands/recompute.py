"""``tianqu recompute FILE``: compute a due time again from its proof, on any machine, with nothing but the file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

FILE_BYTES_MAX = 1_000_000


def recompute(
    file: Annotated[Path, typer.Argument(help="The proof of a due time (JSON).", exists=True, dir_okay=False)],
) -> None:
    """Compute a due time again from its proof, and fail if the proof says another. See docs/clocks.md."""
    import json

    from tianqu.base.errors import InvalidInput, TooLarge, _
    from tianqu.base.time_proofs import recompute as recomputed

    if file.stat().st_size > FILE_BYTES_MAX:
        raise TooLarge(_("A proof has at most %(most)s bytes."), field="file", most=FILE_BYTES_MAX)
    try:
        proof = json.loads(file.read_bytes())
    except ValueError as error:
        raise InvalidInput(
            _("This is not the proof of a due time: %(reason)s."), field="file", reason=str(error)
        ) from error
    due = recomputed(proof)
    _show(proof)
    if due.isoformat() != proof.get("due_at"):
        typer.secho(f"DIFFERENT: computed {due.isoformat()}, the proof says {proof.get('due_at')}.", fg="red", err=True)
        raise typer.Exit(1)
    typer.secho(f"THE SAME: due {due.isoformat()}.", fg="green")


def _show(proof: dict[str, Any]) -> None:
    """Say what is counted, each day with its reason, and what happened on the way."""
    unit = str(proof["unit"]).replace("_", " ")
    typer.echo(f"{proof['amount']} {unit} from {proof['started_at']}")
    for day, why, *rest in proof.get("days", []):
        hours = " ".join(proof["hours"][rest.pop(0)]) if rest and isinstance(rest[0], int) else "not worked"
        typer.echo(f"  {day}  {hours:<26} {why} {rest[0] if rest else ''}".rstrip())
    for event in proof["events"]:
        by = f" by {event['by']}" if event.get("by") else ""
        reason = f": {event['reason']}" if event.get("reason") else ""
        typer.echo(f"  {event['at']}  {event['event']}{by}{reason}; due {event['due_at']}")
    for year in proof.get("provisional", []):
        typer.echo(f"  The holidays of {year} were not published yet; the due time is provisional.")
