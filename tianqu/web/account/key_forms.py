"""allauth's forms of passkeys, in this installation's words."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django.utils.translation import gettext_lazy as _

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
