"""The straight way of the three busiest acts: from the WSGI environment to the act, with no routing in between.

A request is placed by it, a transfer is posted, and somebody checks in. It takes what nearly every program sends (a
good token, JSON within bounds, no parameters) and answers it as the operation of ``orders.py``, ``ledgers.py`` or
``acts.py`` does, byte for byte, by the same model and the same function. Whatever is unusual or wrong it does not
answer: it returns None, nothing has been written, and the long way begins anew with the same body. So no rule is kept
twice and no error is worded here.
docs/decisions/0013-straight-way.md and 0028-attendance.md say what it saves.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

import orjson
from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.http.request import split_domain_port, validate_host
from pydantic import BaseModel, ValidationError

from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import Actor
from tianqu.web.api.acts import OPERATIONS, act_performed
from tianqu.web.api.application import JSON, NUL, REPLAY_FLAG, api
from tianqu.web.api.doors import known_caller
from tianqu.web.api.ledgers import OneTransferBody, posted, posted_as
from tianqu.web.api.limits import COUNTED
from tianqu.web.api.orders import OrderBody, placed, said_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_BYTES_MAX: Final = 64 * 1024  # longer ones are rare, and take the long way
HOSTS_KEPT_MAX: Final = 64
_KEY: Final = re.compile(r"[!-~]{1,200}")  # as ``performing.Key`` has it
CHECK: Final = "occasions.check"
CONTENT_TYPE: Final = ("Content-Type", f"{JSON}; charset=utf-8")

Answer = tuple[str, list[tuple[str, str]], bytes]


@dataclass(frozen=True, slots=True)
class Way:
    """What an address takes, does and says; what ``perform`` returns also tells whether it was done before."""

    model: type[BaseModel]
    perform: Callable[[Actor, Any, str | None], Any]
    said: Callable[[Any], dict[str, object]]
    status: str = "201 Created"


def go_straight(environ: WSGIEnvironment, way: Way) -> Answer | None:
    """Perform an act: the status line, the headers and the body of the answer. None: take the long way."""
    secret = environ.get("HTTP_AUTHORIZATION", "")
    key = environ.get("HTTP_IDEMPOTENCY_KEY")
    length = environ.get("CONTENT_LENGTH", "")
    if (
        environ.get("QUERY_STRING")
        or environ.get("CONTENT_TYPE") != JSON
        or not (length.isdecimal() and len(length) < 8 and int(length) <= BODY_BYTES_MAX)
        or not secret.startswith("Bearer ")
        or not _is_ours(environ.get("HTTP_HOST", ""))
        or (key is not None and not _KEY.fullmatch(key))
    ):
        return None
    sent: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(sent)  # for the long way, should it be taken
    if len(sent) != int(length) or NUL in sent:
        return None
    try:
        body = way.model.model_validate(orjson.loads(sent))
        actor = known_caller(secret[7:].strip())
        if actor is None:
            return None
        environ[COUNTED] = True
        done = way.perform(actor, body, key)
    except (TianquError, ValidationError, orjson.JSONDecodeError):
        return None
    except Exception as error:  # noqa: BLE001  answered as the operation's own errors are, and never tried again
        return _answered(api.on_exception(WSGIRequest(environ), error))
    answer = orjson.dumps(way.said(done))
    headers = [CONTENT_TYPE, ("Content-Length", str(len(answer)))]
    if done.again:
        headers.append(REPLAY_FLAG)
    return way.status, headers, answer


def _answered(response: HttpResponse) -> Answer:
    """Return an answer of Django's as ours."""
    length = ("Content-Length", str(len(response.content)))
    return f"{response.status_code} {response.reason_phrase}", [*response.items(), length], response.content


@lru_cache(maxsize=HOSTS_KEPT_MAX)
def _is_ours(host: str) -> bool:
    """Whether Django would take a request for this host. A proxy that renames hosts sends them the long way."""
    if not host or settings.USE_X_FORWARDED_HOST or settings.DEBUG:
        return False
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


STRAIGHT: Final[dict[tuple[str, str], Way]] = {
    ("POST", "/api/v1/orders"): Way(OrderBody, placed, said_of),
    ("POST", "/api/v1/transfers"): Way(OneTransferBody, posted, posted_as),
    ("POST", f"/api/v1/acts/{CHECK}"): Way(
        OPERATIONS[CHECK][0], partial(act_performed, CHECK), lambda done: {"result": done.result}, "200 OK"
    ),
}
