"""One's own notices: the unread first, what each is about, and by which ways one is told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput, TianquError
from tianqu.kernel.notices.api import (
    Channel,
    ListedNotice,
    addresses_of,
    digest_hour_of,
    known_templates,
    mark_read,
    notices_of,
    preferences_of,
    set_address,
    set_digest_hour,
    set_preference,
    unread_count,
)
from tianqu.kernel.orders.api import named_orders
from tianqu.kernel.pack.api import Faults, PageRequest
from tianqu.kernel.places.api import can
from tianqu.web.layout.errors import faults

ROWS_A_PAGE = 30
COUNTED_MAX = 100
CHANNELS = {Channel.MAIL.value: _("by mail"), Channel.APPRISE.value: _("by a messenger")}
EVERYTHING = "*"
TITLES = {
    EVERYTHING: _("Everything, unless said otherwise below"),
    "digest": _("The digest of the day"),
    "order_for_unit": _("A new request for my unit"),
    "order_reopened": _("A request was reopened"),
    "order_answer_came": _("A question of ours was answered"),
    "order_pressed": _("A supervisor presses"),
    "order_late": _("A request is late"),
    "order_asked_back": _("A question about my request"),
    "order_answered": _("My request was answered"),
    "order_refused": _("My request was refused"),
    "order_extended": _("My request takes longer"),
    "order_commented": _("Something was said about a request"),
    "finding_opened": _("A finding in my village is to be put right"),
    "finding_answered": _("A finding was answered and waits for an inspector"),
    "papers_asked": _("Auditors ask my village for papers"),
    "papers_given": _("A village has handed in papers"),
    "finding_extended": _("More time was given for a finding"),
    "finding_sent_back": _("A finding was sent back to my village"),
    "finding_closed": _("A finding in my village was closed"),
    "finding_dismissed": _("A finding in my village was dismissed"),
    "finding_late": _("A finding in my village is overdue"),
}


def page(request: PageRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """Render one of this area's pages, in the frame of the desk for whoever holds a post."""
    return render(request, f"notices/{template}.html", context, status=status, using="jinja2")


@require_safe
@login_required
def notices(request: PageRequest) -> HttpResponse:
    """What one was told, and one's units: the unread first, or all of it."""
    everything = request.GET.get("show", "") == "all"
    after = request.GET.get("after", "")
    rows = notices_of(
        request.actor, language=get_language() or "", unread=not everything, limit=ROWS_A_PAGE + 1,
        before=_identifier(after) if after else None,
    )  # fmt: skip
    shown = rows[:ROWS_A_PAGE]
    address = reverse("notices")
    unread = unread_count(request.actor)
    return page(
        request, "notices", rows=_with_links(request, shown), everything=everything,
        next_cursor=str(shown[-1].id) if len(rows) > ROWS_A_PAGE else "",
        tabs=[(_("Unread"), address, unread), (_("All"), f"{address}?show=all", None)],
        current=f"{address}?show=all" if everything else address, unread=unread,
    )  # fmt: skip


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(gettext_noop("This is not the mark of a page."), field="after") from error


def _with_links(request: PageRequest, rows: list[ListedNotice]) -> list[tuple[ListedNotice, str]]:
    """Each notice with the page of what it is about: the desk's for an official, the follower's for an asker."""
    orders = named_orders(request.actor, [UUID(row.subject[6:]) for row in rows if row.subject.startswith("order:")])
    name = "order" if can(request.actor, "orders.see") else "follow_order"
    addresses = {f"order:{order.id}": reverse(name, kwargs={"code": order.code}) for order in orders.values()}
    return [(row, row.words.link or addresses.get(row.subject, "")) for row in rows]


@require_safe
@login_required
def count(request: PageRequest) -> HttpResponse:
    """How many notices are unread, for the head of a page that has been read already; nothing for none."""
    unread = unread_count(request.actor)
    said = f"{COUNTED_MAX}+" if unread >= COUNTED_MAX else str(unread or "")
    answer = HttpResponse(f'<span class="count">{said}</span>' if said else "")
    answer["Cache-Control"] = "private, max-age=20"
    return answer


@require_POST
@login_required
def read(request: PageRequest) -> HttpResponse:
    """Mark one notice as read, or all of them."""
    chosen = request.POST.getlist("notice")
    mark_read(request.actor, notice_ids=[_identifier(one) for one in chosen] if chosen else None)
    return redirect(f"{reverse('notices')}?show=all" if request.POST.get("show") == "all" else reverse("notices"))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def preferences(request: PageRequest) -> HttpResponse:
    """By which ways one is told of what, and at which hour the digest comes. The list shows everything in any case."""
    codes = [EVERYTHING, *sorted(known_templates(), key=lambda code: str(TITLES.get(code, code)))]
    if request.method != "POST":
        chosen = preferences_of(request.actor)
        given = {f"address-{channel}": address for channel, address in addresses_of(request.actor).items()}
        wanted = {f"{code}-{channel}": _choice(chosen.get((code, channel))) for code in codes for channel in CHANNELS}
        return _preferences_page(request, codes, given | wanted | {"hour": str(digest_hour_of(request.actor))})
    given = {name: request.POST.get(name, "").strip() for name in request.POST}
    try:
        _save(request, codes, given)
    except TianquError as error:
        return _preferences_page(request, codes, given, faults(error), error.status)
    messages.success(request, gettext("Your choices were saved."))
    return redirect("notices_preferences")


def _choice(wanted: bool | None) -> str:
    return "" if wanted is None else "yes" if wanted else "no"


def _save(request: PageRequest, codes: list[str], given: dict[str, str]) -> None:
    """Save what differs from what is kept; each choice is an act of its own."""
    addresses, chosen = addresses_of(request.actor), preferences_of(request.actor)
    for channel in CHANNELS:
        address = given.get(f"address-{channel}", "")
        if address != addresses.get(channel, ""):
            try:
                set_address(request.actor, channel=channel, address=address)
            except InvalidInput as error:
                error.field = f"address-{channel}"
                raise
        for code in codes:
            said = given.get(f"{code}-{channel}", "")
            if said in ("yes", "no") and said != _choice(chosen.get((code, channel))):
                set_preference(request.actor, code=code, channel=channel, wanted=said == "yes")
    hour = given.get("hour", "")
    if not hour.isdecimal() or len(hour) > 2:
        raise InvalidInput(gettext_noop("%(value)s is not an hour of the day."), field="hour", value=hour[:10])
    if int(hour) != digest_hour_of(request.actor):
        set_digest_hour(request.actor, hour=int(hour))


def _preferences_page(
    request: PageRequest, codes: list[str], given: dict[str, str], errors: Faults | None = None, status: int = 200
) -> HttpResponse:
    return page(
        request, "preferences", status, codes=codes, titles=TITLES, channels=CHANNELS, given=given,
        errors=errors or Faults(), summary=list((errors or {}).items()),
        hours=[(str(hour), f"{hour:02}:00") for hour in range(24)],
        choices=(("", _("as usual")), ("yes", _("yes")), ("no", _("no"))),
    )  # fmt: skip
