"""The acts of mail: anybody asks for it, a link confirms it and another ends it; the worker sends what is public.

The journal holds no address. An address that is not confirmed within a week, or whose mail was ended, is deleted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tianqu.base.errors import Conflict, InvalidInput, NotFound, _
from tianqu.kernel.journal.api import Acting, DoneBefore, Refusals, act, lawful_by, refused_by, set_scope
from tianqu.kernel.notices.api import checked_address, prepare_notice, queue_notice, queue_notices
from tianqu.kernel.places.api import require
from tianqu.kernel.releases.api import Edition
from tianqu.packs.programme.mailing.tokens import CONFIRM_WITHIN, confirm_token, stop_token, subscriber_of
from tianqu.packs.programme.models import Mailed, Subscriber

LANGUAGES: Final = ("zh-hans", "en")
_REFUSALS: Final[Refusals] = {
    "programme_mailed_pkey": (Conflict, "edition_id", _("This edition is being mailed already."), _("Wait a minute.")),
}


def _may_anybody(acting: Acting, /, **arguments: Any) -> None:
    """Whoever has an address may ask for mail: nothing comes before its owner has confirmed it."""


def _may_by_link(acting: Acting, /, **arguments: Any) -> None:
    """The link in the mail opened this one subscription."""
    scope = acting.actor.scope
    if not (scope.everything or arguments["subscriber_id"] in scope.opened):
        raise NotFound(_("There is no such subscription."), field="subscriber_id")


def _may_by_role(acting: Acting, /, **arguments: Any) -> None:
    require(acting.actor, acting.act)


@act("programme.subscribe", may=_may_anybody)
def subscribe(acting: Acting, *, address: str, language: str) -> None:
    """Ask for releases by mail: a link to confirm goes to the address, at most once an hour.

    Whether the address is known already cannot be told from outside. Raises ``InvalidInput`` for what is no address.
    """
    kept = checked_address("mail", address=address)
    if not kept:
        raise InvalidInput(_("This is needed."), field="address", remedy=_("Write it like name@example.org."))
    if language not in LANGUAGES:
        raise InvalidInput(_("%(value)s is not possible here."), field="language", value=language[:20])
    subscriber_id = subscriber_of(kept)
    Subscriber.objects.bulk_create(
        [Subscriber(id=subscriber_id, address=kept, language=language, asked_at=acting.now)], ignore_conflicts=True
    )
    _renew(acting, subscriber_id, language)
    link = settings.TIANQU_ORIGIN + reverse("programme:mail_confirm", args=[confirm_token(subscriber_id)])
    queue_notice(
        acting, key=f"mail-confirm:{subscriber_id}:{acting.now:%Y%m%d%H}", code="mail_confirm",
        parameters={"link": link}, address=kept, language=language,
    )  # fmt: skip
    acting.record(f"mail-subscriber:{subscriber_id}", after={"asked": True}, sealed=True)


def _renew(acting: Acting, subscriber_id: UUID, language: str) -> None:
    """Let an address that nobody confirmed live as long as its newest link, in the language asked for last."""
    scope = acting.actor.scope
    set_scope(replace(scope, opened=(*scope.opened, subscriber_id)))  # whoever names an address touches this row alone
    waiting = Subscriber.objects.filter(id=subscriber_id, confirmed_at=None)
    waiting.update(asked_at=acting.now, language=language)
    set_scope(scope)


@act("programme.confirm_mail", may=_may_by_link)
def confirm_mail(acting: Acting, *, subscriber_id: UUID) -> None:
    """Confirm a subscription by the link that came by mail. Raises ``NotFound`` where it was deleted meanwhile."""
    subscriber = Subscriber.objects.select_for_update().filter(id=subscriber_id).first()
    if subscriber is None:
        raise NotFound(_("There is no such subscription."), field="subscriber_id")
    if subscriber.confirmed_at is not None:
        raise DoneBefore(None)
    subscriber.confirmed_at = acting.now
    subscriber.save(update_fields=["confirmed_at"])
    acting.record(f"mail-subscriber:{subscriber_id}", after={"confirmed": True}, sealed=True)


@act("programme.end_mail", may=_may_by_link)
def end_mail(acting: Acting, *, subscriber_id: UUID) -> None:
    """End a subscription by the link in a mail, and delete its address. Ended already is ended."""
    Subscriber.objects.filter(id=subscriber_id).delete()
    acting.record(f"mail-subscriber:{subscriber_id}", after={"ended": True}, sealed=True)


@act("programme.mail_edition", may=_may_by_role)
def mail_edition(acting: Acting, *, edition_id: UUID) -> int:
    """Queue a public edition for everybody who confirmed before it was public; return for how many. Once only."""
    edition = Edition.objects.select_related("release").filter(id=edition_id, public_at__lte=acting.now).first()
    if edition is None:
        raise NotFound(_("There is no such edition."), field="edition_id", value=str(edition_id))
    known = Mailed.objects.filter(edition_id=edition_id).first()
    if known is not None:
        raise DoneBefore(known.count)
    address = settings.TIANQU_ORIGIN + reverse("release", kwargs={"code": edition.release.code})
    titles = dict(zip(LANGUAGES, edition.pins["titles"], strict=True))
    notices = [
        prepare_notice(
            acting, key=f"edition:{edition.id}:{one.id}", address=one.address, language=one.language,
            code="mail_corrected" if edition.number > 1 else "mail_release",
            parameters={
                "title": titles[one.language], "link": address,
                "stop": settings.TIANQU_ORIGIN + reverse("programme:mail_stop", args=[stop_token(one.id)]),
            },
        )
        for one in Subscriber.objects.filter(confirmed_at__lte=edition.public_at).order_by("id").iterator()
    ]  # fmt: skip
    queue_notices(acting, notices)
    with lawful_by(lambda error: refused_by(_REFUSALS, error)):
        Mailed(edition_id=edition.id, at=acting.now, count=len(notices)).save(force_insert=True)
    acting.record(f"release_edition:{edition.id}", after={"mailed": len(notices)})
    return len(notices)


@act("programme.drop_unconfirmed", may=_may_by_role)
def drop_unconfirmed(acting: Acting) -> int:
    """Delete addresses that nobody confirmed within a week; return how many."""
    gone, _each = Subscriber.objects.filter(confirmed_at=None, asked_at__lt=acting.now - CONFIRM_WITHIN).delete()
    acting.record("mail-subscribers", after={"dropped": gone})
    return gone
