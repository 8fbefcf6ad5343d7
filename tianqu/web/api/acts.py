"""One operation for each act: POST /orders/{code}/{act} for the flow, POST /acts/{name} for every other.

The body is made from the act's own signature, so that the two cannot differ: what the function takes by keyword is what
the body holds, with ``at`` beside it for simulated days.
"""

from __future__ import annotations

import inspect
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import create_model

from tianqu.base.canonical import plain
from tianqu.kernel.journal.api import Act, Actor, registered_acts
from tianqu.kernel.orders.api import FLOW, order_standing
from tianqu.web.api.bodies import ActBody, Body, body_of, result_of, title_of
from tianqu.web.api.doors import with_token
from tianqu.web.api.orders import ActDone, Code, Secret, opened_by, order_row
from tianqu.web.api.performing import Deed, Done, Key, actor_of_request, happened_at, perform, performed

router = Router()

# What these return is personal data or a secret, so no answer is kept for a key.
NEVER_KEPT: Final = frozenset({"orders.unseal", "places.create_account", "places.reset_account", "places.issue_token"})
# Keywords that a program outside does not give: how a rule or the text model decided.
NOT_FOR_CALLERS: Final = {"orders.dispatch": frozenset({"decided_by", "why"})}
# Acts that have an operation of their own elsewhere, because their arguments are made from what is sent.
ELSEWHERE: Final = {
    "orders.place": "POST /orders",
    "files.store": "POST /files",
    "ledgers.post": "POST /transfers",
    "ledgers.post_batch": "POST /transfer-batches",
    "items.publish": "POST /items",
    "calendars.publish": "POST /calendar",
    "figures.define": "POST /figures",
    "figures.compute": "POST /figures/{code}/compute",
    "releases.publish": "POST /releases/{code}/editions",
}
# Acts that no program outside may do, each with its reason.
NOT_OFFERED: Final = {
    "orders.escalate": "the clocks do it, nobody asks for it",
    "orders.import": "imports are files of many rows: tianqu replay",
    "places.load_places": "imports are files of many rows: the realm's, at set-up",
    "places.load_units": "imports are files of many rows: the realm's, at set-up",
    "places.load_posts": "imports are files of many rows: the realm's, at set-up",
    "places.sign_up": "a person opens an account on the page, which tells people from programs",
    "places.change_password": "a password is changed in a session, never by a token that outlives it",
    "journal.forget_requests": "the worker does it, daily",
    "journal.note_check": "the worker does it when a check has ended",
    "rules.note_replay": "the worker does it while a replay runs",
    "ledgers.note_check": "the worker does it when it has proven the balances",
    "ledgers.open_books": "imports open many books at once: open_book opens one",
    "ledgers.set_periods": "imports close the periods of many books at once: set_period does it in one",
    "ledgers.post_prepared": "imports prepare many books at once: post_batch takes those of one book",
    "village.bring_in_findings": "imports and demonstrations bring in findings whole: open_finding opens one",
    "village.bring_in": "imports bring in registers whole: import_parcels and import_contracts take lists",
    "datasets.describe": "its arguments are made from a file or a declaration: the pages of datasets do it",
    "datasets.change": "its arguments are made from a file or a declaration: the pages of datasets do it",
    "datasets.withdraw": "the pages of datasets do it, which ask twice",
    "datasets.erase_versions": "make_anew does it, after it has made the dataset anew from the journal",
    "datasets.publish": "what is published are files that were read and checked before",
    "datasets.upload": "what is kept of a file is made from its bytes: POST /datasets/{code}/files takes one",
    "datasets.describe_upload": "the desk of uploads does it, which shows the first rows",
    "datasets.note_upload": "the worker does it while it reads a file",
    "datasets.publish_upload": "the desk of uploads does it, which shows what was refused",
    "datasets.accept_newer": "the desk of uploads does it, which shows the newer version",
    "datasets.drop_upload": "the desk of uploads does it",
    "figures.relate": "relations are declared whole: the realm's, at set-up",
    "figures.note_check": "the worker does it, nightly, and the page that asks for a check",
    "figures.note_followed": "the worker does it when it has computed the figures of a dataset",
    "releases.note_errata": "the worker does it when a figure prints otherwise than a release",
    "programme.subscribe": "a person asks for mail on the page",
    "programme.confirm_mail": "the link in a mail does it",
    "programme.end_mail": "the link in a mail does it",
    "programme.mail_edition": "the worker does it, once an edition is public",
    "programme.drop_unconfirmed": "the worker does it, nightly",
    "rosters.note": "the worker does it while it makes a roster",
    "files.sweep": "the worker does it, daily",
    "tours.note": "the worker does it while it plans a tour and carries it out",
    "occasions.close": "the worker does it, hourly, once what phones kept has come in",
    "notices.digest": "the worker does it, each morning",
    "notices.spread": "the worker does it, whenever a notice is new",
    "notices.claim": "the worker does it before it sends",
    "notices.settle": "the worker does it after it sent",
}

# The body of each act that is no part of the flow, and the act: what the straight way takes them by.
OPERATIONS: Final[dict[str, tuple[type[ActBody], Deed]]] = {}


def offered_acts() -> dict[str, Act]:
    """Every act of the installation that a program may ask for; what tests register is none of it."""
    return {
        name: act
        for name, act in registered_acts().items()
        if inspect.unwrap(act.perform).__module__.startswith("tianqu.") and name not in NOT_OFFERED
    }


def add_act_on_order(act: Act) -> None:
    """Add the operation of an act of the flow."""
    without = NOT_FOR_CALLERS.get(act.name, frozenset()) | {"order_id"}
    schema = body_of(act.name, act.perform, without=without)
    deed = Deed(act.name, act.perform, kept=act.name not in NEVER_KEPT)
    verb = act.name.removeprefix("orders.").replace("_", "-")

    def operation(
        request: HttpRequest, code: Code, body: Any, receipt_secret: Secret = None, idempotency_key: Key = None
    ) -> Any:
        actor = opened_by(request, code, receipt_secret)
        order = order_row(code)
        arguments = {"order_id": order.id, **_given(schema, body), **happened_at(actor_of_request(request), body.at)}
        result = perform(request, deed, actor, idempotency_key, arguments)
        return {"code": order.code, **_left(actor, order.id), "result": plain(result)}

    _mount(act, operation, schema, address=f"/orders/{{code}}/{verb}", response=ActDone, tag="acts on orders")


def add_act(act: Act) -> None:
    """Add the operation of an act that is no part of the flow."""
    schema = body_of(act.name, act.perform)
    deed = Deed(act.name, act.perform, kept=act.name not in NEVER_KEPT)
    OPERATIONS[act.name] = schema, deed
    done = create_model(f"{title_of(act.name)}Done", result=(result_of(act.perform), ...))

    def operation(request: HttpRequest, body: Any, idempotency_key: Key = None) -> Any:
        actor = actor_of_request(request)
        arguments = {**_given(schema, body), **happened_at(actor, body.at)}
        return {"result": plain(perform(request, deed, actor, idempotency_key, arguments))}

    _mount(act, operation, schema, address=f"/acts/{act.name}", response=done, tag="acts", auth=with_token)


def _mount(
    act: Act, operation: Any, schema: type[Body], *, address: str, response: Any, tag: str, **options: Any
) -> None:
    told = inspect.getdoc(inspect.unwrap(act.perform)) or act.name
    operation.__name__ = act.name.replace(".", "_")
    operation.__annotations__ = {**operation.__annotations__, "body": schema}
    operation.__doc__ = told
    router.post(
        address, response={200: response}, summary=told.split("\n", 1)[0], tags=[tag],
        operation_id=act.name.replace(".", "_"), **options,
    )(operation)  # fmt: skip


def _given(schema: type[ActBody], body: ActBody) -> dict[str, Any]:
    return {key: getattr(body, key) for key in schema.model_fields if key != "at"}


def act_performed(name: str, actor: Actor, body: ActBody, key: str | None, /) -> Done:
    """Perform an act for a caller as its operation does, without the operation's request."""
    schema, deed = OPERATIONS[name]
    return performed(deed, actor, key, {**_given(schema, body), **happened_at(actor, body.at)})


def _left(actor: Actor, order_id: UUID) -> dict[str, Any]:
    """The order as the act left it; an order that left the actor's sight says no more."""
    state, version = order_standing(actor, order_id=order_id) or (None, None)
    return {"state": state, "version": version}


for _act in offered_acts().values():
    if _act.name in FLOW:
        add_act_on_order(_act)
    elif _act.name not in ELSEWHERE:
        add_act(_act)
