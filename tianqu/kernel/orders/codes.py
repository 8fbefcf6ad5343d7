"""What a receipt shows: the order's code, which people read out on the phone, and the secret that opens it."""

from __future__ import annotations

import hashlib
import hmac
from hmac import compare_digest
from typing import Final
from uuid import UUID

from django.conf import settings

from tianqu.base.counting import CountStorage
from tianqu.base.errors import InvalidInput, TooMany, _
from tianqu.base.identifiers import Identifier

# Douglas Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_DATA: Final = 10  # characters, 50 bits
CHECK_PRIME: Final = 37
SECRET_BYTES: Final = 10  # 16 characters
WRONG_MAX: Final = 10  # digits of a slip that may be wrong within an hour
WRONG_SECONDS: Final = 3_600
_WRONG: Final = CountStorage()
_PAIRS: Final = [first + second for first in ALPHABET for second in ALPHABET]
_MISREAD: Final = str.maketrans({"I": "1", "L": "1", "O": "0"})
_VALUES: Final = {character: value for value, character in enumerate(ALPHABET)}


def order_code(order_id: Identifier) -> str:
    """Return the code of an order: ten characters that follow from its identifier, and Crockford's check character.

    The check is the number modulo 37, which finds every single wrong character and every swapped pair. Five of its 37
    values have signs that cannot be read out; the digest is then counted up until the code reads well.
    """
    for count in range(1000):
        digest = hashlib.sha256(order_id.bytes + bytes([count & 0xFF, count >> 8])).digest()
        number = int.from_bytes(digest[:7], "big") & ((1 << 5 * CODE_DATA) - 1)
        if number % CHECK_PRIME < len(ALPHABET):
            return _encoded(number, characters=CODE_DATA) + ALPHABET[number % CHECK_PRIME]
    raise AssertionError("a thousand digests in a row had no readable check")


def shown_code(code: str) -> str:
    """Return a code in the groups in which it is printed and read out: ``1A2B-3C4D-5E6``."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def read_code(text: str) -> str:
    """Return the code that somebody typed, forgiving hyphens, blanks, lower case, I, L and O.

    Raises ``InvalidInput`` if its check character says that it was mistyped.
    """
    code = "".join(text.upper().split()).replace("-", "").translate(_MISREAD)
    if len(code) != CODE_DATA + 1 or any(character not in _VALUES for character in code):
        raise InvalidInput(
            _("A code has 11 letters and digits."), field="code", value=text[:40],
            remedy=_("Copy it from the receipt."),
        )  # fmt: skip
    number = 0
    for character in code[:-1]:
        number = number * len(ALPHABET) + _VALUES[character]
    if number % CHECK_PRIME != _VALUES[code[-1]]:
        raise InvalidInput(
            _("The code %(value)s holds a mistake."), field="code", value=text[:40],
            remedy=_("Compare it with the receipt, character by character."),
        )  # fmt: skip
    return code


def receipt_secret(order_id: UUID, content_digest: bytes) -> str:
    """Return the secret of a receipt. It follows from the order, what was sent and this installation's key alone.

    The same request sent twice is therefore answered with the same receipt, though only the secret's hash is kept.
    """
    digest = _keyed(b"receipt", message=order_id.bytes + content_digest)
    return _encoded(int.from_bytes(digest[:SECRET_BYTES], "big"), characters=SECRET_BYTES * 8 // 5)


def content_digest(content: bytes) -> bytes:
    """Return a keyed digest of what was sent: it recognises the same content, and nobody can guess it back."""
    return _keyed(b"content", message=content)


def slip_code(order_id: UUID, purpose: str, *, digits: int = 8) -> str:
    """Return a code of an order for one purpose, short enough for a paper slip; it follows from the order and our key.

    Whoever takes it lets it open one step once: the state of the order says whether it still does.
    """
    number = int.from_bytes(_keyed(b"slip", message=order_id.bytes + purpose.encode())[:8], "big")
    return f"{number % 10**digits:0{digits}}"


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a secret that somebody typed or that was made: its SHA-256."""
    clean = "".join(secret.upper().split()).replace("-", "").translate(_MISREAD)
    return hashlib.sha256(clean.encode()).digest()


def _keyed(purpose: bytes, *, message: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"tianqu.orders." + purpose + b"\x00" + message, "sha256")


def _encoded(number: int, *, characters: int) -> str:
    """Write a number with an even count of characters, two at a time because imports make many codes."""
    return "".join([_PAIRS[number >> 5 * place & 1023] for place in range(characters - 2, -1, -2)])


def check_slip(order_id: UUID, purpose: str, *, typed: str, digits: int = 8) -> None:
    """Take the code of a slip as somebody typed it, blanks or not.

    Raises ``InvalidInput`` for another one, and ``TooMany`` once many of an order were wrong within an hour: a few
    digits are guessed soon. They are counted in this process.
    """
    key = f"{purpose}:{order_id}"
    if _WRONG.get(key) >= WRONG_MAX:
        raise TooMany(
            _("Wrong digits were given for this too often."), field="code",
            remedy=_("Wait an hour, or let whoever ordered confirm it on their page or by phone."),
        )  # fmt: skip
    if not compare_digest(slip_code(order_id, purpose, digits=digits).encode(), "".join(typed.split()).encode()):
        _WRONG.incr(key, WRONG_SECONDS)
        raise InvalidInput(
            _("These are not the digits of this slip."), field="code",
            remedy=_("Have them read out again, or let whoever ordered confirm it on their page or by phone."),
        )  # fmt: skip
