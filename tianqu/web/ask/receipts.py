"""The receipts that this browser has shown, in its session: whoever holds one need not type it again here."""

from __future__ import annotations

from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import Actor, set_scope
from tianqu.kernel.orders.api import Receipt, read_code, receipt_actor
from tianqu.kernel.pack.api import PageRequest, act_as_oneself

KEY = "receipts"
KEPT_MAX = 20


def keep_receipt(request: PageRequest, receipt: Receipt) -> None:
    """Keep a receipt for the length of the session, the newest twenty."""
    kept = dict(request.session.get(KEY, {}))
    kept[receipt.code] = receipt.secret
    request.session[KEY] = dict(list(kept.items())[-KEPT_MAX:])


def kept_secret(request: PageRequest, code: str) -> str | None:
    """Return the secret of a receipt shown in this session, if it was."""
    secret = request.session.get(KEY, {}).get(code)
    return str(secret) if secret is not None else None


def open_receipt(request: PageRequest, *, code: str, secret: str) -> str:
    """Check code and secret, keep them for the session, and return the code as it is kept."""
    code = read_code(code)
    receipt_actor(request.actor, code=code, secret=secret)
    kept = dict(request.session.get(KEY, {}))
    kept[code] = secret
    request.session[KEY] = dict(list(kept.items())[-KEPT_MAX:])
    return code


def asker_of(request: PageRequest, code: str) -> Actor:
    """Return the actor for following an order: by its receipt where this browser has it, else as they are."""
    act_as_oneself(request, "orders.see")  # of offices, which look by their post
    secret = kept_secret(request, code)
    if secret is None:
        return request.actor
    try:
        actor = receipt_actor(request.actor, code=code, secret=secret)
    except NotFound:
        return request.actor
    set_scope(actor.scope)
    return actor
