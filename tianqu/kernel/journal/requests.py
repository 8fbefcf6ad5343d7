"""The same request twice is one act: keys that a caller gives, with the answer they got.

The key's row is written in the act's own transaction, so that it stands or falls with the act. Two duplicates at once:
the second waits on the first's row, then finds its answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

import orjson
from django.db import connection
from django.utils.crypto import salted_hmac

from tianqu.base.canonical import Json, canonical_bytes, plain
from tianqu.base.errors import Conflict, InvalidInput, _
from tianqu.kernel.journal.actors import Actor

if TYPE_CHECKING:
    from tianqu.kernel.journal.acts import Acting

KEY_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class _Request:
    key: str
    actor: str
    digest: bytes
    kept: bool


@dataclass(frozen=True, slots=True)
class Performed:
    """What an act returned, as plain JSON. ``again``: it was done before, and this is the answer of that time."""

    result: Json
    again: bool


class _AnsweredError(Exception):
    """Somebody performed this request already."""

    def __init__(self, act: str) -> None:
        self.act = act
        super().__init__(act)


_waiting: ContextVar[_Request | None] = ContextVar("tianqu_request", default=None)


def perform_once(act_function: Callable[..., Any], actor: Actor, *, key: str, **arguments: Any) -> Json:
    """Perform an act once for ``key``, and return its result as plain JSON; see ``perform_request``."""
    return perform_request(act_function, actor, key=key, arguments=arguments).result


def perform_request(
    act_function: Callable[..., Any], actor: Actor, *, key: str, arguments: Mapping[str, Any], kept: bool = True
) -> Performed:
    """Perform an act once for ``key``, and return its result as plain JSON, now and every time it is asked again.

    ``key`` is the caller's own (1 to 200 characters; the Idempotency-Key header). It is looked up among the keys of
    the same person, or of those without one by the same channel. A result that is not ``kept`` (a secret, somebody's
    personal data) is told once. Raises ``Conflict`` when the key was used with other arguments, or for a result that
    was not kept, and whatever the act raises: an act that was refused may be tried again with the same key.
    """
    if not 1 <= len(key) <= KEY_CHARACTERS_MAX or not key.isprintable():
        raise InvalidInput(
            _("The idempotency key must have 1 to %(most)s printable characters."),
            field="key", remedy=_("Send a fresh UUID with each request."), most=KEY_CHARACTERS_MAX,
        )  # fmt: skip
    owner = str(actor.person_id) if actor.person_id else actor.channel
    request = _Request(key, owner, _digest(arguments), kept)
    token = _waiting.set(request)
    try:
        return Performed(plain(act_function(actor, **arguments)), again=False)
    except _AnsweredError as answered:
        return Performed(_answer(request, act=answered.act), again=True)
    finally:
        _waiting.reset(token)


def request_waiting() -> bool:
    """Whether the act about to be performed answers a request with a key."""
    return _waiting.get() is not None


def claim_request(acting: Acting) -> None:
    """Take the waiting key for this act, or stop because somebody had it; for the act's machinery alone."""
    request = _waiting.get()
    if request is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_request (key, actor, act, digest) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [request.key, request.actor, acting.act, request.digest],
        )
        if cursor.rowcount == 0:
            raise _AnsweredError(acting.act)


def answer_request(result: object) -> None:
    """Keep the act's result for the next time the same key comes; for the act's machinery alone."""
    request = _waiting.get()
    if request is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE journal_request SET result = %s::jsonb WHERE actor = %s AND key = %s",
            [orjson.dumps(plain(result) if request.kept else None).decode(), request.actor, request.key],
        )


def _digest(arguments: Mapping[str, Any]) -> bytes:
    """Keyed by the installation's secret, so that what few know of (a phone number) cannot be guessed from it."""
    content = canonical_bytes(plain(_hashable(arguments)))
    return salted_hmac("tianqu.request", content, algorithm="sha256").digest()


def _hashable(value: object) -> object:
    """Put hashes in the place of bytes and files' contents, and names in the place of fields of a dataclass."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"sha256": hashlib.sha256(value).hexdigest()}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _hashable(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        told = {str(name): _hashable(item) for name, item in value.items()}
        # A key that is not ASCII has no place in canonical JSON, and is told as a value.
        return told if all(map(str.isascii, told)) else {"pairs": [[name, told[name]] for name in sorted(told)]}
    if isinstance(value, list | tuple):
        return [_hashable(item) for item in value]
    if isinstance(value, float):  # a degree of longitude, in somebody's GeoJSON
        return {"float": repr(value)}
    return value


def _answer(request: _Request, *, act: str) -> Json:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT act, digest, result::text FROM journal_request WHERE actor = %s AND key = %s",
            [request.actor, request.key],
        )
        row = cursor.fetchone()
    assert row is not None, "a request that was answered has its row"
    if row[0] != act or bytes(row[1]) != request.digest:
        raise Conflict(
            _("This idempotency key was used before, for another request."),
            field="key", remedy=_("Send a fresh key with each different request."),
        )  # fmt: skip
    if not request.kept:
        raise Conflict(
            _("This was done already, and its answer is told only once."), field="key",
            remedy=_("Send a fresh key if you want it done again."),
        )  # fmt: skip
    result: Json = orjson.loads(row[2])
    return result
