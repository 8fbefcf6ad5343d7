"""What allauth asks of this installation: where to go after signing in, and a line in the access log for each try."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.journal.api import ANYBODY, Actor, set_scope
from tianqu.kernel.places.api import actor_of, note_access


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The platform's own adapter. There is no e-mail here: a login name is all that an account needs."""

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Note the sign-in, and let the rest of this request see what its person may."""
        actor = actor_of(user, channel="web")
        set_scope(actor.scope)
        note_client(request, actor, "signed_in")
        response: HttpResponse = super().post_login(request, user, **details)
        return response

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Note the try without the login name that was tried: it may be somebody's password."""
        note_client(request, ANYBODY, "sign_in_failed")

    def logout(self, request: HttpRequest) -> None:
        """Note the end of the session."""
        note_client(request, request.actor, "signed_out")  # type: ignore[attr-defined]
        super().logout(request)

    def add_message(self, *arguments: Any, **named: Any) -> None:
        """Say nothing about signing in and out: the page itself shows it."""

    def send_notification_mail(
        self, template_prefix: str, user: AbstractBaseUser, *_arguments: Any, **_named: Any
    ) -> None:
        """Send none: notices have their own room, and an account its access log."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse allauth's own sign-up; ``views.sign_up`` opens accounts by an act."""
        return False


class KeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second steps and passkeys, in this installation's words."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or was used before. Type the one that is shown now."),
    }


def note_client(request: HttpRequest, actor: Actor, what: str) -> None:
    """Add a line to the access log, with the network address and the browser of the request."""
    address = DefaultAccountAdapter(request).get_client_ip(request)
    note_access(actor, what, address=address, agent=request.headers.get("User-Agent", ""))
