"""A witness over HTTP, as a WSGI application that runs anywhere: no Django, no PostgreSQL, its own folder and key."""

from __future__ import annotations

import os
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tianqu.kernel.journal.keys import kept_key
from tianqu.kernel.journal.notes import COSIGNATURE
from tianqu.kernel.journal.witness import REQUEST_BYTES_MAX, TEXT, Answer, Witness, WitnessStore, read_logs

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

STATE = "TIANQU_WITNESS_STATE"  # folder of the key and of what was seen
LOGS = "TIANQU_WITNESS_LOGS"  # file of verifier keys, a line each
NAME = "TIANQU_WITNESS_NAME"


def open_witness(*, state: Path, logs: Path, name: str) -> Witness:
    """The witness with its key in ``state`` (made at the first call), for the logs listed in the file ``logs``."""
    key = kept_key(state / "witness.key", name=name, kind=COSIGNATURE, environment="TIANQU_WITNESS_KEY")
    return Witness(key, logs=read_logs(logs.read_text()), store=WitnessStore(state / "seen.sqlite"))


def application() -> WSGIApplication:
    """The application that the environment describes; granian calls this in each worker."""
    witness = open_witness(
        state=Path(os.environ[STATE]), logs=Path(os.environ[LOGS]), name=os.environ.get(NAME, "witness")
    )
    return witness_application(witness)


def witness_application(witness: Witness) -> WSGIApplication:
    """A WSGI application around ``witness``: POST /add-checkpoint, GET /<SHA-256 of origin>/checkpoint."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = _answer(witness, environ)
        reason = HTTPStatus(answer.status).phrase
        headers = [("Content-Type", answer.media_type), ("Content-Length", str(len(answer.body)))]
        start_response(f"{answer.status} {reason}", headers)
        return [answer.body]

    return serve


def _answer(witness: Witness, environ: dict[str, Any]) -> Answer:
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    if path == "/add-checkpoint":
        if method != "POST":
            return Answer(405, b"Send the checkpoint with POST.\n", TEXT)
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > REQUEST_BYTES_MAX:
            return Answer(413, b"No checkpoint is that long.\n", TEXT)
        return witness.add_checkpoint(environ["wsgi.input"].read(int(length)))
    if path.endswith("/checkpoint") and path.count("/") == 2 and method in ("GET", "HEAD"):
        return witness.checkpoint(path.split("/")[1])
    return Answer(404, b"A witness answers at /add-checkpoint.\n", TEXT)
