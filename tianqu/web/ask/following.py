"""Following a request: the receipt, the timeline, the clock and why it says so, and what the asker may still do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput, NotFound, TianquError
from tianqu.kernel.files.api import discard_file, store_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.notices.api import link_to
from tianqu.kernel.orders.api import (
    CONFIRM,
    SATISFACTIONS,
    VISIT,
    State,
    Who,
    answer_question,
    attach_file,
    clocks_left,
    comment_on_order,
    confirm_order,
    dispute_order,
    is_asker,
    object_to_answer,
    order_detail,
    order_id_of,
    order_timeline,
    orders_of_person,
    rate_order,
    read_code,
    reopen_order,
    shown_code,
    slip_code,
    thank_for_order,
    withdraw_order,
)
from tianqu.kernel.pack.api import Column, Faults, PageRequest, Table
from tianqu.web.ask.receipts import asker_of, kept_secret, open_receipt
from tianqu.web.layout.errors import faults
from tianqu.web.layout.formats import in_chinese
from tianqu.web.uploads import check_uploads

MINE_A_PAGE = 20
FILES_MAX = 3  # added at once
BEFORE_CONFIRMED = (State.PLACED, State.DISPATCHED, State.ACCEPTED, State.DONE)
SATISFACTION_TITLES: dict[str, Promise] = {
    "very": gettext_lazy("Very satisfied"),
    "satisfied": gettext_lazy("Satisfied"),
    "basically": gettext_lazy("Basically satisfied"),
    "dissatisfied": gettext_lazy("Dissatisfied"),
    "very_dissatisfied": gettext_lazy("Very dissatisfied"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """What an asker may do on the page: the act that the flow must allow, and how the page's form feeds it.

    ``named`` says how the page calls the act's field, since several forms stand on one page.
    """

    act: str
    done: Promise
    perform: Callable[[Actor, Any, QueryDict], object]
    named: tuple[str, str] = ("", "")


def _rate(actor: Actor, order_id: Any, given: QueryDict) -> None:
    solved = {"yes": True, "no": False}.get(given.get("solved", ""))
    rate_order(
        actor, order_id=order_id, satisfaction=given.get("satisfaction", ""), solved=solved,
        text=given.get("text", ""),
    )  # fmt: skip


DEEDS = {
    "comment": Deed(
        "orders.comment",
        gettext_lazy("What you added was kept."),
        lambda actor, order_id, given: comment_on_order(actor, order_id=order_id, text=given.get("comment", "")),
        ("text", "comment"),
    ),
    "answer": Deed(
        "orders.answer_question",
        gettext_lazy("Your answer was sent; the unit goes on."),
        lambda actor, order_id, given: answer_question(actor, order_id=order_id, answer=given.get("answer", "")),
    ),
    "withdraw": Deed(
        "orders.withdraw",
        gettext_lazy("Your request was withdrawn."),
        lambda actor, order_id, given: withdraw_order(actor, order_id=order_id, reason=given.get("why", "")),
        ("reason", "why"),
    ),
    "rate": Deed("orders.rate", gettext_lazy("Thank you. Your rating counts as it stands."), _rate),
    "confirm": Deed(
        "orders.confirm",
        gettext_lazy("Thank you. Both sides have confirmed it."),
        lambda actor, order_id, given: confirm_order(actor, order_id=order_id, note=given.get("confirmed", "")),
        ("note", "confirmed"),
    ),
    "dispute": Deed(
        "orders.dispute",
        gettext_lazy("Somebody above looks at it and decides."),
        lambda actor, order_id, given: dispute_order(actor, order_id=order_id, note=given.get("dispute", "")),
        ("note", "dispute"),
    ),
    "thank": Deed(
        "orders.thank",
        gettext_lazy("Your thanks are kept. Names are masked before anybody reads them."),
        lambda actor, order_id, given: thank_for_order(actor, order_id=order_id, text=given.get("thanks", "")),
        ("text", "thanks"),
    ),
    "object": Deed(
        "orders.object",
        gettext_lazy("Your objection was kept; a supervisor reads it."),
        lambda actor, order_id, given: object_to_answer(actor, order_id=order_id, reason=given.get("objection", "")),
        ("reason", "objection"),
    ),
    "reopen": Deed(
        "orders.reopen",
        gettext_lazy("Your request goes back to the unit."),
        lambda actor, order_id, given: reopen_order(actor, order_id=order_id, reason=given.get("again", "")),
        ("reason", "again"),
    ),
}


@require_safe
def receipt(request: PageRequest, code: str) -> HttpResponse:
    """The receipt: its code, its secret while this browser knows it, a QR of the address, and what comes next."""
    code = read_code(code)
    actor = asker_of(request, code)
    detail = order_detail(actor, order_id=order_id_of(actor, code=code))
    secret = kept_secret(request, code)
    address = settings.TIANQU_ORIGIN + reverse("follow_order", kwargs={"code": code})
    context = {
        "detail": detail, "code": code, "code_shown": shown_code(code), "secret": secret and shown_code(secret),
        "address": address, "qr": _qr(address), "chinese": in_chinese(),
        "accepting": detail.item.duration("accept", urgency=detail.order.urgency),
    }  # fmt: skip
    response = render(request, "ask/receipt.html", context, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def slip(request: PageRequest, code: str) -> HttpResponse:
    """A slip of paper to print, with the one-time code by which whoever came has it confirmed that they did it."""
    code = read_code(code)
    actor = asker_of(request, code)
    detail = order_detail(actor, order_id=order_id_of(actor, code=code))
    step = detail.item.flow.step("orders.confirm")
    if step is None or detail.part is not Who.ASKER or not is_asker(actor, detail.order.id):
        raise NotFound(gettext_noop("There is no slip for this request."), field="code", value=code)
    once, page = slip_code(detail.order.id, CONFIRM), link_to(f"{detail.item.flow.subject}:{detail.order.id}")
    address = f"{settings.TIANQU_ORIGIN}{page}?code={once}"
    context = {
        "order": detail.order, "code_shown": shown_code(code), "once": once, "qr": _qr(address),
        "visit": slip_code(detail.order.id, VISIT, digits=6),
    }  # fmt: skip
    response = render(request, "ask/slip.html", context, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: PageRequest) -> HttpResponse:
    """Open a request by the code and the secret of its receipt."""
    given = {"code": request.POST.get("code", request.GET.get("code", "")), "secret": request.POST.get("secret", "")}
    if request.method == "POST":
        try:
            code = open_receipt(request, code=given["code"], secret=given["secret"].strip())
        except TianquError as error:
            return _find(request, given, faults(error), error.status)
        return redirect("follow_order", code=code)
    return _find(request, given, Faults(), 200)


def _find(request: PageRequest, given: dict[str, str], errors: Faults, status: int) -> HttpResponse:
    return render(request, "ask/find.html", {"given": given, "errors": errors}, status=status, using="jinja2")


@require_safe
def follow(request: PageRequest, code: str) -> HttpResponse:
    """One's own request, and what one may do about it now."""
    code = read_code(code)
    try:
        return _follow(request, code, Faults(), QueryDict(), 200)
    except NotFound:
        return redirect(f"{reverse('follow')}?code={code}")


def _follow(request: PageRequest, code: str, errors: Faults, given: QueryDict, status: int) -> HttpResponse:
    actor = asker_of(request, code)
    order_id = order_id_of(actor, code=code)
    detail = order_detail(actor, order_id=order_id)
    context = {
        "detail": detail, "order": detail.order, "code_shown": shown_code(code),
        "clocks": clocks_left(detail, now=timezone.now()),
        "timeline": order_timeline(actor, order_id=order_id), "may": frozenset(detail.acts), "errors": errors,
        "given": given, "chinese": in_chinese(),
        "slips": detail.item.flow.step("orders.confirm") is not None and detail.order.state in BEFORE_CONFIRMED,
        "satisfactions": [(value, SATISFACTION_TITLES[value]) for value in SATISFACTIONS],
    }  # fmt: skip
    response = render(request, "ask/follow.html", context, status=status, using="jinja2")
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def do(request: PageRequest, code: str, *, verb: str) -> HttpResponse:
    """Do one of the things that an asker may do."""
    code = read_code(code)
    actor = asker_of(request, code)
    order_id = order_id_of(actor, code=code)
    try:
        if verb == "attach":
            _attach(actor, order_id, request)
            messages.success(request, _("Your file was added."))
        elif verb in DEEDS:
            DEEDS[verb].perform(actor, order_id, request.POST)
            messages.success(request, str(DEEDS[verb].done))
        else:
            raise NotFound(gettext_noop("There is nothing called %(value)s to do here."), field="verb", value=verb)
    except TianquError as error:
        return _follow(request, code, _at_fields(verb, error), request.POST, error.status)
    return redirect("follow_order", code=code)


def _at_fields(verb: str, error: TianquError) -> Faults:
    """Return the faults by the names that the page's fields have."""
    act_field, page_field = DEEDS[verb].named if verb in DEEDS else ("", "")
    return Faults({page_field if name == act_field else name: text for name, text in faults(error).items()})


def _attach(actor: Actor, order_id: Any, request: PageRequest) -> None:
    given = request.FILES.getlist("file")
    if not given:
        raise InvalidInput(gettext_noop("Choose a file."), field="file")
    if len(given) > FILES_MAX:
        raise InvalidInput(
            gettext_noop("At most %(most)s files are taken at once."), field="file", most=FILES_MAX,
            remedy=gettext_noop("Send the others afterwards."),
        )  # fmt: skip
    check_uploads(request, request.actor, given)
    for file in given:
        stored = store_file(actor, content=file.read(), name=file.name or "file")
        try:
            attach_file(actor, order_id=order_id, file_id=stored.id)
        except TianquError:
            discard_file(actor, file_id=stored.id)
            raise


@require_safe
@login_required
def mine(request: PageRequest) -> HttpResponse:
    """What one asked while signed in, the newest first."""
    page = orders_of_person(request.actor, after=request.GET.get("after") or None, limit=MINE_A_PAGE)
    table = Table(
        caption=_("My requests"),
        columns=(
            Column("title", _("Request")),
            Column("place", _("Place")),
            Column("placed_at", _("Asked on")),
            Column("state", _("State")),
        ),
        rows=page.rows,
        next_cursor=page.after or "",
    )
    return render(request, "ask/mine.html", {"table": table, "chinese": in_chinese()}, using="jinja2")


def _qr(address: str) -> str:
    """Return a QR code (ISO/IEC 18004) of an address as SVG paths; it holds no secret."""
    image = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, box_size=8)
    svg: str = image.to_string(encoding="unicode")
    return mark_safe(svg)  # noqa: S308  made of squares by the library
