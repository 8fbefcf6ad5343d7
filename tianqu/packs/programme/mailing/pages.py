"""The public's pages of mail: ask for it, confirm it, end it. Buttons change things, no link alone does."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from tianqu.base.call_limits import count_call
from tianqu.base.errors import TianquError
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.packs.programme.mailing import acts
from tianqu.packs.programme.mailing.tokens import confirmed, stopped
from tianqu.packs.programme.words import english

ASKED_PER_MINUTE: Final = 5


def mail(request: PageRequest) -> PageResult:
    """Ask for releases by mail. The answer is the same for every address."""
    if request.method != "POST":
        return Rendered("programme/mail.html", {"given": "", "errors": {}, "summary": []})
    # Each may send a mail to somebody who did not ask for it.
    count_call(request.META, proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT, most=ASKED_PER_MINUTE, of="mail")
    address = str(request.POST.get("address", "")).strip()[:500]
    try:
        acts.subscribe(request.actor, address=address, language="en" if english() else "zh-hans")
    except TianquError as error:
        said = faults(error)
        context = {"given": address, "errors": said, "summary": list(said.items())}
        return Rendered("programme/mail.html", context, status=error.status)
    return Redirect(reverse("programme:mail"), notice=gettext(
        "A mail with a link is on its way. Nothing else comes before you have opened it and confirmed."
    ))  # fmt: skip


def confirm(request: PageRequest, token: str) -> PageResult:
    """Confirm by the link in the mail."""
    subscriber_id = confirmed(token)
    if request.method != "POST":
        return Rendered("programme/mail_button.html", {"stops": False})
    acts.confirm_mail(_opened(request.actor, subscriber_id), subscriber_id=subscriber_id)
    return Redirect(reverse("releases"), notice=gettext("From now on each release comes to you by mail."))


def stop(request: PageRequest, token: str) -> PageResult:
    """End it by the link in each mail, or by what a mail program sends there by itself (RFC 8058), which is told no
    other address."""
    subscriber_id = stopped(token)
    if request.method != "POST":
        return Rendered("programme/mail_button.html", {"stops": True})
    acts.end_mail(_opened(request.actor, subscriber_id), subscriber_id=subscriber_id)
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return Rendered("programme/mail_ended.html", {})
    return Redirect(reverse("releases"), notice=gettext("No more mails come, and your address is deleted."))


def _opened(actor: Actor, subscriber_id: UUID) -> Actor:
    """Who holds a link sees the one subscription that it is for."""
    return replace(actor, scope=replace(actor.scope, opened=(*actor.scope.opened, subscriber_id)))
