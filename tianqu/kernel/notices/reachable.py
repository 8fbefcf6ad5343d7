"""Which addresses may be written to. A URL that a person types must not make the server call its own network."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.notices.models import Channel

ADDRESS_CHARACTERS_MAX = 500

# Services whose server stands in the scheme itself, so that no URL can point into our own network.
SCHEMES = frozenset(
    {"wecombot", "dingtalk", "feishu", "lark", "schan", "pushplus", "tgram", "slack", "discord", "pover", "signl4"}
)


def allowed_schemes() -> frozenset[str]:
    """Return the Apprise schemes that may be used: ours, and those the installation adds by its settings."""
    return SCHEMES | frozenset(getattr(settings, "TIANQU_APPRISE_SCHEMES", ()))


def checked_address(channel: str, *, address: str) -> str:
    """Return ``address`` if notices may go there by ``channel``; empty stays empty. Raises ``InvalidInput``."""
    given = address.strip()
    if channel not in Channel.values:
        raise InvalidInput(
            _("%(value)s is no channel."), field="channel", value=channel, remedy=_("Use mail or apprise.")
        )
    if not given:
        return ""
    if len(given) > ADDRESS_CHARACTERS_MAX or any(ord(character) < 33 for character in given):
        raise InvalidInput(_("This address is too long or holds spaces."), field="address")
    return _checked_mail(given) if channel == Channel.MAIL else _checked_url(given)


def _checked_mail(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidInput(
            _("This is no mail address."), field="address", remedy=_("Write it like name@example.org.")
        ) from error
    return address


def _checked_url(url: str) -> str:
    scheme = url.partition("://")[0].lower()
    if scheme not in allowed_schemes():
        raise InvalidInput(
            _("Notices may not go to addresses that begin with %(scheme)s."), field="address",
            remedy=_("Use one of: %(allowed)s."), scheme=scheme, allowed=", ".join(sorted(allowed_schemes())),
        )  # fmt: skip
    from apprise import Apprise  # heavy, and needed by few pages

    if Apprise.instantiate(url, suppress_exceptions=True) is None:
        raise InvalidInput(
            _("This address is not complete."), field="address",
            remedy=_("Copy the whole address that the service shows, in the form that Apprise takes."),
        )  # fmt: skip
    return url
