"""``tianqu verify FILE --key VKEY``: check a proof on any machine, with nothing but the file and the key.

A village's poster (``poster.json`` of its page) is checked the same way, and with ``--log`` against the log of today;
so is a certificate (``certificate.json`` of its page).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

Read = Callable[[str], bytes | None]


def verify(
    file: Annotated[
        Path,
        typer.Argument(
            help="The proof file (.tlog-proof), or a village's poster or a certificate (.json).",
            exists=True,
            dir_okay=False,
        ),
    ],
    key: Annotated[str, typer.Option(help="The log's verifier key: name+id+base64.")],
    witness: Annotated[
        list[str] | None, typer.Option(help="Verifier key of a witness that must have cosigned; may be repeated.")
    ] = None,
    body: Annotated[
        Path | None, typer.Option(help="A private body that you hold (canonical JSON).", exists=True, dir_okay=False)
    ] = None,
    salt: Annotated[str, typer.Option(help="The salt of that body, in hexadecimal digits.")] = "",
    log: Annotated[str, typer.Option(help="Of a poster: the log's address or folder, to check against it, too.")] = "",
    paper: Annotated[str, typer.Option(help="Of a poster: what its printed code says, as ENTRY:HASH.")] = "",
) -> None:
    """Check a proof file: that the entry is in the log, the log's key signed it, and a body is the entry's own.

    Of a village's poster every sum is computed anew; with --log every number of its book is looked up in the log.
    """
    data = file.read_bytes()
    from tianqu.kernel.certificates.offline import is_certificate
    from tianqu.packs.village.wall.checking import is_poster

    if is_poster(data):
        _verify_poster(data, key, log=log, paper=paper)
    elif is_certificate(data):
        _verify_certificate(data, key)
    else:
        _verify_proof(data, key, witness or [], body=body, salt=salt)


def _verify_proof(data: bytes, key: str, witnesses: list[str], *, body: Path | None, salt: str) -> None:
    from tianqu.base.errors import InvalidInput, TianquError, _
    from tianqu.kernel.journal.offline import VerifierKey, verify_proof_file

    try:
        salt_bytes = bytes.fromhex(salt) if salt else None
    except ValueError:
        raise InvalidInput(_("The salt is not made of hexadecimal digits."), field="salt") from None
    try:
        verified = verify_proof_file(
            data,
            VerifierKey.parse(key),
            witnesses=[VerifierKey.parse(text) for text in witnesses],
            body=body.read_bytes() if body else None,
            salt=salt_bytes,
        )
    except TianquError as error:
        typer.secho(f"NOT VERIFIED. {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    _say(verified.statements)


def _verify_certificate(data: bytes, key: str) -> None:
    from tianqu.base.errors import TianquError
    from tianqu.kernel.certificates.offline import check_certificate
    from tianqu.kernel.journal.offline import VerifierKey

    try:
        statements = check_certificate(data, VerifierKey.parse(key))
    except TianquError as error:
        typer.secho(f"NOT VERIFIED. {error}", fg="red", err=True)
        raise typer.Exit(1) from None
    _say(statements)


def _say(statements: Sequence[str]) -> None:
    from tianqu.base.texts import printable

    for statement in statements:
        typer.echo(printable(statement))
    typer.secho("VERIFIED.", fg="green")


def _verify_poster(data: bytes, key: str, *, log: str, paper: str) -> None:
    """Say what each step found; all faults are told, not only the first."""
    from tianqu.base.texts import printable
    from tianqu.kernel.journal.offline import VerifierKey
    from tianqu.packs.village.wall.checking import check_poster

    faults = unsure = 0
    results = check_poster(data, VerifierKey.parse(key), read=_reader(log) if log else None, paper=_printed(paper))
    for result in results:
        faults += result.ok is False
        unsure += result.ok is None
        colour = {True: None, False: "red", None: "yellow"}[result.ok]
        typer.secho(printable(result.said()), fg=colour, err=result.ok is False)
    if faults:
        typer.secho("NOT VERIFIED.", fg="red", err=True)
        raise typer.Exit(1)
    if not log:
        typer.echo("The log of today was not looked at; give --log to look up every number of the book.")
    if unsure:
        typer.secho("NOT ALL COULD BE CHECKED.", fg="yellow", err=True)
        raise typer.Exit(3)
    typer.secho("VERIFIED.", fg="green")


def _printed(paper: str) -> tuple[int, str] | None:
    from tianqu.base.errors import InvalidInput, _

    if not paper:
        return None
    entry, _colon, hashed = paper.partition(":")
    if not (entry.isascii() and entry.isdigit()):
        raise InvalidInput(
            _("%(value)s is not what a printed code says."), field="paper", value=paper[:80],
            remedy=_("Write it as ENTRY:HASH."),
        )  # fmt: skip
    return int(entry), hashed.lower()


def _reader(log: str) -> Read:
    """Fetch files of a log, from its address or from a folder."""
    if not log.startswith(("http://", "https://")):
        return lambda path: (Path(log) / path).read_bytes() if (Path(log) / path).is_file() else None
    import httpx

    client = httpx.Client(timeout=30, follow_redirects=True)

    def read(path: str) -> bytes | None:
        try:
            answer = client.get(f"{log.rstrip('/')}/{path}")
        except httpx.HTTPError:
            return None
        return answer.content if answer.status_code == httpx.codes.OK else None

    return read
