"""allauth's forms of passkeys and codes, in this installation's words."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _

CODE = _("Code from the authenticator")
NAME = _("Name of the passkey")
NAME_HINT = _("So that you know it again: my telephone, the key in the drawer.")


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey that signs in by itself, unless its owner wants it only as the second step."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["name"].label, self.fields["name"].help_text = NAME, NAME_HINT
        own = self.fields["passwordless"]
        own.initial = True
        own.label = _("Sign in with it alone, without a password")
        own.help_text = _("The device then asks for your finger, your face or its PIN. Otherwise it is a second step.")


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["name"].label, self.fields["name"].help_text = NAME, NAME_HINT


class SecondStepForm(AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in: a code that the authenticator shows, or a recovery code."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["code"].label = CODE


class ConfirmForm(ReauthenticateForm):  # type: ignore[misc]
    """The same, before a key is changed."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["code"].label = CODE
