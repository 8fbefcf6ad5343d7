"""Accounts and tokens of others: disable, enable, reset, revoke."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.pack.api import PageRequest
from tianqu.kernel.places.api import (
    account_with,
    disable_account,
    enable_account,
    person_with,
    reset_account,
    revoke_token,
    token_with,
)
from tianqu.web.administration.forms import ActForm, Done, act_page, administrators_page
from tianqu.web.administration.persons import address_of, crumbs, password_page


@administrators_page
def disable(request: PageRequest, account_id: UUID) -> HttpResponse:
    """Let nobody sign in by an account any more."""
    found = person_with(account_with(account_id).person_id)
    form = ActForm(
        title=_("Disable the account"), button=_("Disable"), permission="places.disable_account", where=crumbs(found),
        text=_("Nobody can sign in by it any more, and its tokens open nothing. It can be enabled again."),
    )  # fmt: skip

    def perform(_given: object) -> Done:
        disable_account(request.actor, account_id=account_id)
        return Done(address_of(found.id), _("The account was disabled."))

    return act_page(request, form, perform)


@administrators_page
def enable(request: PageRequest, account_id: UUID) -> HttpResponse:
    """Let a disabled account be used again."""
    found = person_with(account_with(account_id).person_id)
    form = ActForm(
        title=_("Enable the account"), button=_("Enable"), permission="places.enable_account", where=crumbs(found),
        text=_("The person can sign in again with the password they had."),
    )  # fmt: skip

    def perform(_given: object) -> Done:
        enable_account(request.actor, account_id=account_id)
        return Done(address_of(found.id), _("The account was enabled."))

    return act_page(request, form, perform)


@administrators_page
def reset(request: PageRequest, account_id: UUID) -> HttpResponse:
    """Replace a forgotten password; the new one is shown once."""
    found = person_with(account_with(account_id).person_id)
    form = ActForm(
        title=_("Replace the password"), button=_("Replace the password"), permission="places.reset_account",
        where=crumbs(found),
        text=_("The new password is shown once, on the next page. It must be changed at the next sign-in."),
    )  # fmt: skip

    def perform(_given: object) -> HttpResponse:
        return password_page(request, found, reset_account(request.actor, account_id=account_id))

    return act_page(request, form, perform)


@administrators_page
def revoke(request: PageRequest, token_id: UUID) -> HttpResponse:
    """End somebody's token at once."""
    token = token_with(token_id)
    found = person_with(token.account.person_id)
    form = ActForm(
        title=_("Revoke the token"), button=_("Revoke"), permission="places.revoke_token", where=crumbs(found),
        text=f"{token.name} · {token.hint}…",
    )  # fmt: skip

    def perform(_given: object) -> Done:
        revoke_token(request.actor, token_id=token_id)
        return Done(address_of(found.id), _("The token was revoked."))

    return act_page(request, form, perform)
