"""Asking witnesses to cosign our checkpoints: the log's side of https://c2sp.org/tlog-witness."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tianqu.base.errors import Conflict, InvalidInput, TianquError, _
from tianqu.kernel.journal.log import CHECKPOINT, WITNESSED, Log
from tianqu.kernel.journal.notes import Checkpoint, Note, NoteRefused, VerifierKey, parse_size
from tianqu.kernel.journal.witness import SIZE, AddCheckpoint, Answer, read_cosignatures

ROUND_SECONDS = 1.0  # at least between two rounds of asking
TIMEOUT_SECONDS = 5.0
ANSWER_BYTES_MAX = 64 * 1024  # a witness is somebody else's machine: what it may make us read
WITNESSES_MAX = 16
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """A witness to ask: its verifier key and where it listens."""

    key: VerifierKey
    url: str


def read_witnesses(text: str) -> list[WitnessAddress]:
    """Read ``TIANQU_WITNESSES``: ``KEY URL``, several parted by commas or new lines. Raises ``InvalidInput``."""
    witnesses = []
    for line in text.replace(",", "\n").splitlines():
        words = line.split()
        if words:
            if len(words) != 2 or not words[1].startswith(("http://", "https://")):
                raise InvalidInput(
                    _("TIANQU_WITNESSES holds a line that is not a key and an address."),
                    field="TIANQU_WITNESSES", remedy=_("Write: name+id+base64 https://witness.example"),
                )  # fmt: skip
            witnesses.append(WitnessAddress(VerifierKey.parse(words[0]), words[1].rstrip("/")))
    if len(witnesses) > WITNESSES_MAX:
        raise InvalidInput(_("%(value)s witnesses are more than 16."), field="TIANQU_WITNESSES", value=len(witnesses))
    return witnesses


class SplitView(Conflict):
    """A witness has seen another history of this log than the one that is published."""

    code = "split_view"


class Witnessing:
    """Rounds of asking, beside the sequencer's work: it starts them and collects them, and never waits for one."""

    def __init__(self, log: Log, witnesses: list[WitnessAddress]) -> None:
        self._log = log
        self._witnesses = witnesses
        self._known: dict[WitnessAddress, int] = {}
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="witnesses")
        self._round: Future[bytes | None] | None = None
        self._asked: bytes | None = None
        self._started = 0.0

    def advance(self) -> None:
        """Collect a round that is over, and start another when there is something new to be seen."""
        if not self._witnesses:
            return
        if self._round is not None and self._round.done():
            self._publish(self._round.result())
            self._round = None
        if self._round is None and time.monotonic() - self._started >= ROUND_SECONDS:
            note = self._log.checkpoint_note()
            if note is not None and Note.parse(note).text.encode() != self._asked:
                self._started = time.monotonic()
                self._round = self._pool.submit(self.ask, note)

    def close(self) -> None:
        """Give up what is under way."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, note: bytes) -> bytes | None:
        """Ask every witness to cosign; return the note with what they signed, or None when nobody did."""
        import httpx  # most processes of an installation never ask a witness, and this is a large library

        parsed = Note.parse(note)
        lines = ""
        for witness in self._witnesses:
            try:
                lines += self._cosigned(witness, parsed)
            except (httpx.HTTPError, httpx.InvalidURL, TianquError) as error:
                logger.error("The witness %s did not cosign: %s", witness.key.name, error)
        if not lines:
            return None
        own = [signature for signature in parsed.signatures if not self._is_witness(signature.name)]
        return (parsed.text + "\n" + "".join(signature.line() for signature in own) + lines).encode()

    def _cosigned(self, witness: WitnessAddress, note: Note) -> str:
        checkpoint = Checkpoint.parse(note.text)
        log_only = [signature for signature in note.signatures if not self._is_witness(signature.name)]
        plain = Note(note.text, tuple(log_only)).encode()
        for _attempt in range(2):
            old = self._known.get(witness, 0)
            proof = self._log.consistency_proof(old, new_size=checkpoint.size)
            answer = _asked(witness, AddCheckpoint(old, tuple(proof), plain).encode())
            if answer.status == 200:
                lines = read_cosignatures(answer.body, note.text, witness.key)
                self._known[witness] = checkpoint.size
                return lines
            if answer.status != 409 or answer.media_type != SIZE:
                break
            seen = parse_size(_shown(answer))
            if seen > checkpoint.size:  # nothing to begin the next round with
                break
            self._known[witness] = seen
        if answer.status in (409, 422):
            raise SplitView(
                _("%(name)s knows another history of this log: %(answer)s"),
                name=witness.key.name, answer=_shown(answer),
                remedy=_("Run “tianqu journal verify”, and look for a second copy of the log or of its key."),
            )  # fmt: skip
        raise NoteRefused(_("it answered %(status)s: %(answer)s"), status=answer.status, answer=_shown(answer))

    def _publish(self, note: bytes | None) -> None:
        """Keep a cosigned checkpoint, and show it in the place of the plain one while that is the newest."""
        if note is None:
            return
        self._asked = Note.parse(note).text.encode()
        files = [(WITNESSED, note)]
        newest = self._log.checkpoint_note()
        if newest is not None and Note.parse(newest).text.encode() == self._asked:
            files.append((CHECKPOINT, note))
        self._log.storage.write(files)

    def _is_witness(self, name: str) -> bool:
        return any(witness.key.name == name for witness in self._witnesses)


def _asked(witness: WitnessAddress, body: bytes) -> Answer:
    """What a witness answers, read within a size and a time. Raises ``NoteRefused`` for more, and httpx's errors."""
    import httpx

    read, until = b"", time.monotonic() + TIMEOUT_SECONDS
    with httpx.stream(
        "POST", f"{witness.url}/add-checkpoint", content=body, timeout=TIMEOUT_SECONDS,
        headers={"Accept-Encoding": "identity"},
    ) as response:  # fmt: skip
        for piece in response.iter_raw():
            read += piece
            if len(read) > ANSWER_BYTES_MAX or time.monotonic() > until:
                raise NoteRefused(_("it answered at greater length than is read."))
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
        return Answer(response.status_code, read, media_type)


def _shown(answer: Answer) -> str:
    """The beginning of an answer, fit for one line of a log."""
    told = answer.body[:200].decode(errors="replace").strip()
    return "".join(character if character.isprintable() else " " for character in told)
