"""Signed notes, checkpoints and cosignatures: https://c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature.

Only Ed25519 is used: type 0x01 for a log's own signature, type 0x04 for a witness's cosignature with its time.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.journal.merkle import HASH_BYTES

ED25519 = 0x01
COSIGNATURE = 0x04
DASH = "— "
NOTE_BYTES_MAX = 1_000_000
SIGNATURES_MAX = 100
KEY_BYTES = 32
TIME_BYTES = 8


class NoteRefused(InvalidInput):
    """A note, key or checkpoint that is malformed, or not signed by whom it should be."""

    code = "note_refused"


class SignatureMissing(NoteRefused):
    """No signature in the note is by the key that was asked for."""

    code = "signature_missing"


class SignatureWrong(NoteRefused):
    """A signature by the right key's name does not fit the text."""

    code = "signature_wrong"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, written ``name+keyid+base64(type ‖ key)``."""

    name: str
    kind: int  # ED25519 or COSIGNATURE
    public: bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ newline ‖ type ‖ public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a key as printed by ``str``. Raises ``NoteRefused``."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise NoteRefused(
                _("This is not a verifier key."),
                field="key",
                remedy=_("It looks like name+8 hex digits+base64."),
            )
        name, key_id, material = parts
        raw = decode_base64(material, field="key")
        if len(raw) != 1 + KEY_BYTES or raw[0] not in (ED25519, COSIGNATURE):
            raise NoteRefused(
                _("This verifier key is not an Ed25519 key."),
                field="key",
                remedy=_("Types 1 and 4 are understood."),
            )
        _check_name(name)
        key = cls(name, raw[0], raw[1:])
        if key.key_id.hex() != key_id:
            raise NoteRefused(
                _("The verifier key was altered: its id is %(right)s, not %(value)s."),
                field="key", value=key_id[:8], right=key.key_id.hex(),
            )  # fmt: skip
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its name, written ``PRIVATE+KEY+name+keyid+base64(type ‖ seed)`` as Go's note package does."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def encode(self) -> str:
        """The key as text, secret."""
        material = base64.b64encode(bytes([self.kind]) + self.private.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{material}"

    @classmethod
    def generate(cls, name: str, *, kind: int = ED25519) -> SigningKey:
        """A fresh key."""
        _check_name(name)
        return cls(name, kind, Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Read a key as written by ``encode``. Raises ``NoteRefused``, never showing what it read."""
        parts = text.strip().split("+", 4)
        raw = decode_base64(parts[4], field="key") if len(parts) == 5 else b""
        if parts[:2] != ["PRIVATE", "KEY"] or len(raw) != 1 + KEY_BYTES or raw[0] not in (ED25519, COSIGNATURE):
            raise NoteRefused(_("This is not a signing key."), field="key")
        key = cls(parts[2], raw[0], Ed25519PrivateKey.from_private_bytes(raw[1:]))
        if key.verifier.key_id.hex() != parts[3]:
            raise NoteRefused(_("The signing key was altered: its id does not fit."), field="key")
        return key

    def sign(self, text: str, *, time: int | None = None) -> str:
        """A signature line for ``text``; ``time`` (POSIX seconds) for a cosignature and for nothing else."""
        assert (self.kind == COSIGNATURE) == (time is not None), "a cosignature has a time, a signature has none"
        signature = self.private.sign(_signed_bytes(text, time))
        stamp = b"" if time is None else time.to_bytes(TIME_BYTES, "big")
        material = base64.b64encode(self.verifier.key_id + stamp + signature).decode()
        return f"{DASH}{self.name} {material}\n"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line of a note: by whom (claimed), and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as it stands in a note."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}\n"

    def by(self, key: VerifierKey) -> bool:
        """Whether it claims to be by ``key``."""
        return (self.name, self.key_id) == (key.name, key.key_id)

    def verify(self, text: str, key: VerifierKey) -> int | None:
        """Check the signature on ``text``; return a cosignature's time. Raises ``SignatureWrong``."""
        time, signature = None, self.signature
        if key.kind == COSIGNATURE:
            time, signature = int.from_bytes(signature[:TIME_BYTES], "big"), signature[TIME_BYTES:]
        try:
            if time is not None and not 0 < time < 2**63:
                raise InvalidSignature
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, _signed_bytes(text, time))
        except InvalidSignature:
            raise SignatureWrong(
                _("The signature of %(name)s does not fit: the text was altered, or the key is another."),
                field="signature", name=key.name,
            ) from None  # fmt: skip
        return time


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, data: bytes) -> Note:
        """Take a note apart without trusting it. Raises ``NoteRefused``."""
        text = _note_text(data)
        at = text.rfind("\n\n")
        if at < 0 or not text.endswith("\n"):
            raise NoteRefused(_("The note is cut short: it has no signature lines."), field="note")
        lines = text[at + 2 :].split("\n")[:-1]
        if not 1 <= len(lines) <= SIGNATURES_MAX:
            raise NoteRefused(_("The note has %(value)s signatures."), field="note", value=len(lines))
        return cls(text[: at + 1], tuple(parse_signature(line) for line in lines))

    def verify(self, key: VerifierKey) -> list[int | None]:
        """Check every signature that claims to be by ``key``; return their times (None for a plain signature).

        Raises ``SignatureMissing`` when there is none, ``SignatureWrong`` when one does not fit.
        """
        times = [signature.verify(self.text, key) for signature in self.signatures if signature.by(key)]
        if not times:
            names = ", ".join(f"{signature.name}+{signature.key_id.hex()}" for signature in self.signatures)
            raise SignatureMissing(
                _("Nothing here is signed by %(name)s with the key %(id)s."),
                field="key", name=key.name, id=key.key_id.hex(), names=names,
                remedy=_("It is signed by: %(names)s."),
            )  # fmt: skip
        return times

    def encode(self) -> bytes:
        """The note as bytes."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's state: how many entries, and their root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The text that is signed."""
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions]
        return "".join(line + "\n" for line in lines)

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note as a checkpoint. Raises ``NoteRefused``."""
        lines = text.split("\n")[:-1]
        if len(lines) < 3 or not all(lines):
            raise NoteRefused(_("A checkpoint has at least three lines: origin, size, root."), field="checkpoint")
        root = decode_base64(lines[2], field="checkpoint")
        if len(root) != HASH_BYTES:
            raise NoteRefused(_("The root of the checkpoint has %(value)s bytes, not 32."), value=len(root))
        return cls(lines[0], parse_size(lines[1]), root, tuple(lines[3:]))


def sign_checkpoint(checkpoint: Checkpoint, keys: Iterable[SigningKey]) -> bytes:
    """The checkpoint as a note signed with each of ``keys``."""
    text = checkpoint.text()
    return (text + "\n" + "".join(key.sign(text) for key in keys)).encode()


def open_checkpoint(data: bytes, key: VerifierKey) -> tuple[Checkpoint, Note]:
    """Read a checkpoint that ``key`` signed. Raises ``NoteRefused`` and its kinds."""
    note = Note.parse(data)
    note.verify(key)
    return Checkpoint.parse(note.text), note


def parse_signature(line: str) -> Signature:
    """Read one signature line, without its newline. Raises ``NoteRefused``."""
    parts = line.removeprefix(DASH).split(" ")
    if not line.startswith(DASH) or len(parts) != 2:
        raise NoteRefused(
            _("This is not a signature line."), field="signature", remedy=_("It looks like — name base64.")
        )
    _check_name(parts[0])
    raw = decode_base64(parts[1], field="signature")
    if len(raw) < 5:
        raise NoteRefused(_("The signature of %(name)s is cut short."), field="signature", name=parts[0])
    return Signature(parts[0], raw[:4], raw[4:])


def parse_size(text: str) -> int:
    """Read a tree size in decimal without leading zeroes, at most 2^63 − 1. Raises ``NoteRefused``."""
    if text.isascii() and text.isdigit() and len(text) <= 19 and str(int(text)) == text and int(text) < 2**63:
        return int(text)
    raise NoteRefused(_("This is not a tree size."), field="size", remedy=_("Whole numbers without leading zeroes."))


def decode_base64(text: str, *, field: str) -> bytes:
    """Decode standard Base64, written in the one canonical way. Raises ``NoteRefused``."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.b64encode(raw).decode() != text:
        raise NoteRefused(_("This is not Base64."), field=field, remedy=_("Something was cut off or altered."))
    return raw


def _signed_bytes(text: str, time: int | None) -> bytes:
    return text.encode() if time is None else f"cosignature/v1\ntime {time}\n{text}".encode()


def _note_text(data: bytes) -> str:
    if len(data) > NOTE_BYTES_MAX:
        raise NoteRefused(_("The note has %(value)s bytes, more than is read."), field="note", value=len(data))
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise NoteRefused(_("The note is not UTF-8 text."), field="note") from None
    if any(character < " " and character != "\n" for character in text):
        raise NoteRefused(_("The note holds control characters."), field="note")
    return text


def _check_name(name: str) -> None:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteRefused(_("A key's name is not empty and holds no space and no plus sign."), field="name")
