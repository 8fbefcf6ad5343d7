"""A witness cosigns what continues a log and nothing else; the answers are those of c2sp.org/tlog-witness."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest

from tests.kernel.journal.logs import sequence, write_entries
from tianqu.base.errors import InvalidInput
from tianqu.kernel.journal import merkle
from tianqu.kernel.journal.api import our_key, our_log, proof_file
from tianqu.kernel.journal.log import CHECKPOINT, WITNESSED
from tianqu.kernel.journal.notes import (
    COSIGNATURE,
    Checkpoint,
    Note,
    SignatureMissing,
    SigningKey,
    VerifierKey,
    open_checkpoint,
    sign_checkpoint,
)
from tianqu.kernel.journal.offline import verify_proof_file
from tianqu.kernel.journal.witness import SIZE, AddCheckpoint, Answer, Witness, WitnessStore, read_logs
from tianqu.kernel.journal.witness_server import open_witness, witness_application
from tianqu.kernel.journal.witnessing import WitnessAddress, Witnessing, read_witnesses

LOG = SigningKey.generate("log.example")
WITNESS = SigningKey.generate("witness.example", kind=COSIGNATURE)
NOW = 1_700_000_000


class AnyLog:
    """A log in memory, of leaves that differ by ``seed``."""

    def __init__(self, seed: str = "a", *, shared: int = 0) -> None:
        self.leaves = [
            merkle.leaf_hash(f"{'a' if n < shared else seed}{n}".encode()) for n in range(50)
        ]  # fmt: skip

    def root(self, start: int, end: int) -> bytes:
        return merkle.root_of(self.leaves[start:end])

    def checkpoint(self, size: int, *, origin: str = "log.example", key: SigningKey = LOG) -> bytes:
        return sign_checkpoint(Checkpoint(origin, size, self.root(0, size)), [key])

    def request(self, old: int, new: int, **options: Any) -> bytes:
        proof = merkle.consistency_proof(old, new_size=new, subtree_root=self.root) if old <= new else []
        return AddCheckpoint(old, tuple(proof), self.checkpoint(new, **options)).encode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(
        WITNESS,
        logs={"log.example": [LOG.verifier]},
        store=WitnessStore(tmp_path / "seen.sqlite"),
        clock=lambda: NOW,
    )


def seen(witness: Witness) -> int:
    answer = witness.checkpoint(hashlib.sha256(b"log.example").hexdigest())
    return Checkpoint.parse(Note.parse(answer.body).text).size if answer.status == 200 else 0


class TestAddCheckpoint:
    def test_a_log_that_grows_is_cosigned(self, witness: Witness) -> None:
        log = AnyLog()
        for old, new in [(0, 0), (0, 1), (1, 1), (1, 8), (8, 21), (21, 50)]:
            answer = witness.add_checkpoint(log.request(old, new))
            assert (answer.status, answer.media_type) == (200, "text/plain; charset=utf-8"), answer.body
            note = Note.parse(log.checkpoint(new) + answer.body)
            assert note.verify(WITNESS.verifier) == [NOW]
            assert seen(witness) == new

    def test_what_it_keeps_carries_both_signatures(self, witness: Witness) -> None:
        log = AnyLog()
        stranger = SigningKey.generate("stranger.example")
        request = log.request(0, 5) + stranger.sign(Note.parse(log.checkpoint(5)).text).encode()
        assert witness.add_checkpoint(request).status == 200
        kept = witness.checkpoint(hashlib.sha256(b"log.example").hexdigest())
        checkpoint, note = open_checkpoint(kept.body, LOG.verifier)
        assert checkpoint.size == 5
        assert note.verify(WITNESS.verifier) == [NOW]
        with pytest.raises(SignatureMissing):
            note.verify(stranger.verifier)
        assert witness.checkpoint("0" * 64).status == 404

    def test_a_wrong_old_size_is_answered_with_the_right_one(self, witness: Witness) -> None:
        log = AnyLog()
        witness.add_checkpoint(log.request(0, 10))
        for old, new in [(0, 20), (9, 20), (11, 20), (5, 5)]:
            answer = witness.add_checkpoint(log.request(old, new))
            assert (answer.status, answer.body, answer.media_type) == (409, b"10\n", "text/x.tlog.size")

    def test_a_split_view_is_refused(self, witness: Witness) -> None:
        witness.add_checkpoint(AnyLog().request(0, 10))
        other = AnyLog("b", shared=9)
        assert witness.add_checkpoint(other.request(10, 20)).status == 422
        same_size = witness.add_checkpoint(other.request(10, 10))
        assert (same_size.status, same_size.media_type) == (409, "text/plain; charset=utf-8")
        assert witness.add_checkpoint(AnyLog().request(10, 20)).status == 200

    def test_bad_proofs_are_refused(self, witness: Witness) -> None:
        log = AnyLog()
        one = log.leaves[0]
        assert witness.add_checkpoint(AddCheckpoint(0, (one,), log.checkpoint(10)).encode()).status == 422
        bad_empty = sign_checkpoint(Checkpoint("log.example", 0, one), [LOG])
        assert witness.add_checkpoint(AddCheckpoint(0, (), bad_empty).encode()).status == 422
        witness.add_checkpoint(log.request(0, 10))
        for proof in ((), (one,), (one,) * 63):
            answer = witness.add_checkpoint(AddCheckpoint(10, proof, log.checkpoint(20)).encode())
            assert answer.status == 422
        assert witness.add_checkpoint(AddCheckpoint(10, (one,), log.checkpoint(10)).encode()).status == 422
        assert seen(witness) == 10

    def test_unknown_logs_and_keys_are_told_apart(self, witness: Witness) -> None:
        log = AnyLog()
        assert witness.add_checkpoint(log.request(0, 5, origin="other.example")).status == 404
        impostor = SigningKey.generate("log.example")
        assert witness.add_checkpoint(log.request(0, 5, key=impostor)).status == 403
        forged = log.request(0, 5).replace(b"log.example\n5\n", b"log.example\n6\n")
        assert witness.add_checkpoint(forged).status == 403
        assert seen(witness) == 0

    @pytest.mark.parametrize(
        "data",
        [b"", b"old 0", b"old 0\n\n", b"old -1\n\nx", b"old 00\n\nx", b"new 0\n\nx", b"\xff\n\nx",
         b"old 0\nnot base64\n\nx", b"old 0\nAAAA\n\nx", b"old 0\n\nlog.example\n5\n", bytes(400_000)],
    )  # fmt: skip
    def test_nonsense_is_a_bad_request(self, witness: Witness, data: bytes) -> None:
        assert witness.add_checkpoint(data).status == 400

    def test_an_old_size_above_the_new_one_is_a_bad_request(self, witness: Witness) -> None:
        assert witness.add_checkpoint(AnyLog().request(10, 5)).status == 400

    def test_more_than_63_proof_lines_are_a_bad_request(self, witness: Witness) -> None:
        log = AnyLog()
        data = AddCheckpoint(1, (log.leaves[0],) * 64, log.checkpoint(5)).encode()
        assert witness.add_checkpoint(data).status == 400

    def test_of_two_at_once_one_is_first(self, witness: Witness) -> None:
        log = AnyLog()
        witness.add_checkpoint(log.request(0, 10))
        answers: list[Answer] = []
        threads = [
            threading.Thread(target=lambda n=n: answers.append(witness.add_checkpoint(log.request(10, n))))
            for n in range(20, 28)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7
        assert {answer.body for answer in answers if answer.status == 409} == {f"{seen(witness)}\n".encode()}

    def test_it_remembers_after_a_restart(self, witness: Witness, tmp_path: Path) -> None:
        log = AnyLog()
        witness.add_checkpoint(log.request(0, 10))
        again = Witness(WITNESS, logs={"log.example": [LOG.verifier]}, store=WitnessStore(tmp_path / "seen.sqlite"))
        assert again.add_checkpoint(log.request(0, 20)).status == 409
        assert again.add_checkpoint(log.request(10, 20)).status == 200


class TestOverHttp:
    def call(self, witness: Witness, method: str, path: str, body: bytes = b"") -> tuple[str, dict[str, str], bytes]:
        started: list[Any] = []
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "text/plain", "SERVER_NAME": "w", "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(), "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        application = validator(witness_application(witness))

        def start(status: str, headers: Any, info: Any = None) -> Any:
            started.append((status, dict(headers)))
            return io.BytesIO().write

        result = application(environ, start)
        data = b"".join(result)
        result.close()  # type: ignore[attr-defined]
        return started[0][0], started[0][1], data

    def test_it_serves_the_protocol(self, witness: Witness) -> None:
        log = AnyLog()
        status, _headers, line = self.call(witness, "POST", "/add-checkpoint", log.request(0, 10))
        assert status == "200 OK"
        assert line.startswith("— witness.example ".encode())
        status, headers, size = self.call(witness, "POST", "/add-checkpoint", log.request(0, 10))
        assert (status, headers["Content-Type"], size) == ("409 Conflict", "text/x.tlog.size", b"10\n")
        digest = hashlib.sha256(b"log.example").hexdigest()
        status, _headers, note = self.call(witness, "GET", f"/{digest}/checkpoint")
        assert status == "200 OK"
        assert open_checkpoint(note, LOG.verifier)[0].size == 10
        assert self.call(witness, "GET", "/add-checkpoint")[0].startswith("405")
        assert self.call(witness, "GET", "/x/checkpoint")[0].startswith("404")
        assert self.call(witness, "GET", "/")[0].startswith("404")
        assert self.call(witness, "POST", "/add-checkpoint", bytes(400_000))[0].startswith("413")


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listening(own_log: Path, tmp_path: Path) -> Iterator[tuple[WitnessAddress, Witness]]:
    """A witness for our own log that listens on a port of this machine."""
    logs = tmp_path / "logs.txt"
    logs.write_text(f"# ours\n{our_key().verifier}\n")
    server_witness = open_witness(state=tmp_path / "witness", logs=logs, name="near.example")
    key = SigningKey.parse((tmp_path / "witness" / "witness.key").read_text()).verifier
    with serving(witness_application(server_witness)) as port:
        yield WitnessAddress(key, f"http://127.0.0.1:{port}"), server_witness


@contextmanager
def serving(application: Any) -> Iterator[int]:
    """A port of this machine at which ``application`` listens."""
    server = make_server("127.0.0.1", 0, application, handler_class=QuietHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.mark.django_db(transaction=True)
class TestOurLogAsksWitnesses:
    def round(self, witnessing: Witnessing) -> None:
        """One round, collected."""
        witnessing._started = 0.0
        witnessing.advance()
        if witnessing._round is not None:
            witnessing._round.exception(20)
        witnessing._started = float("inf")
        witnessing.advance()

    def test_and_serves_and_proves_with_their_cosignatures(self, listening: tuple[WitnessAddress, Witness]) -> None:
        address, _witness = listening
        entries = write_entries(20)
        sequence()
        witnessing = Witnessing(our_log(), [address])
        self.round(witnessing)
        for name in (CHECKPOINT, WITNESSED):
            _checkpoint, note = open_checkpoint(our_log().checkpoint_note(name) or b"", our_key().verifier)
            assert len(note.verify(address.key)) == 1
        verified = verify_proof_file(proof_file(entries[3]), our_key().verifier, witnesses=[address.key])
        assert any("near.example saw the same log" in statement for statement in verified.statements)
        write_entries(300)
        sequence()
        assert our_log().checkpoint().size == 320
        assert Checkpoint.parse(Note.parse(our_log().checkpoint_note(WITNESSED) or b"").text).size == 20
        fresh = Witnessing(our_log(), [address])
        self.round(fresh)
        assert Checkpoint.parse(Note.parse(our_log().checkpoint_note(WITNESSED) or b"").text).size == 320
        sequence()  # a sequencer that comes next takes the cosigned checkpoint as its own
        witnessing.close()
        fresh.close()

    def test_a_witness_that_is_away_holds_nothing_up(self, own_log: Path, caplog: pytest.LogCaptureFixture) -> None:
        write_entries(5)
        sequence()
        away = WitnessAddress(WITNESS.verifier, "http://127.0.0.1:9")
        witnessing = Witnessing(our_log(), [away])
        self.round(witnessing)
        assert "witness.example did not cosign" in caplog.text
        assert our_log().checkpoint_note(WITNESSED) is None
        witnessing.close()

    @pytest.mark.parametrize(
        ("media_type", "body"),
        [(SIZE, b"7\n"), (SIZE, b"9" * 5_000), (SIZE, "²".encode()), ("text/plain", b"5\n"), (SIZE, bytes(10**6))],
    )
    def test_no_answer_of_a_witness_stops_the_log(
        self, own_log: Path, caplog: pytest.LogCaptureFixture, media_type: str, body: bytes
    ) -> None:
        def hostile(_environ: Any, start: Any) -> list[bytes]:
            start("409 Conflict", [("Content-Type", media_type)])
            return [body]

        write_entries(5)
        sequence()
        with serving(hostile) as port:
            witnessing = Witnessing(our_log(), [WitnessAddress(WITNESS.verifier, f"http://127.0.0.1:{port}")])
            self.round(witnessing)
            self.round(witnessing)  # what a witness said must not spoil the next round either
        assert caplog.text.count("witness.example did not cosign") == 2
        witnessing.close()

    def test_a_rewritten_log_is_noticed(
        self, listening: tuple[WitnessAddress, Witness], caplog: pytest.LogCaptureFixture
    ) -> None:
        address, witness = listening
        foreign = AnyLog("b")
        request = foreign.request(0, 30, origin=our_key().name, key=our_key())
        assert witness.add_checkpoint(request).status == 200
        write_entries(40)
        sequence()
        witnessing = Witnessing(our_log(), [address])
        self.round(witnessing)
        assert "knows another history of this log" in caplog.text
        assert our_log().checkpoint_note(WITNESSED) is None
        witnessing.close()


def test_lists_of_logs_and_witnesses_are_read() -> None:
    assert read_logs(f"\n# note\n{LOG.verifier}\n") == {"log.example": [LOG.verifier]}
    assert read_logs(f"other.example {LOG.verifier}") == {"other.example": [LOG.verifier]}
    found = read_witnesses(f"{WITNESS.verifier} http://a.example/, {WITNESS.verifier} https://b.example")
    assert [w.url for w in found] == ["http://a.example", "https://b.example"]
    assert read_witnesses("") == []
    check: Callable[[str], object]
    for check, text in [(read_witnesses, "x"), (read_witnesses, f"{WITNESS.verifier} ftp://x"), (read_logs, "a b c")]:
        with pytest.raises(InvalidInput):
            check(text)
    assert isinstance(WITNESS.verifier, VerifierKey)
