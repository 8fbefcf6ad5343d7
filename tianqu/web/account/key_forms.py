"""allauth's forms of passkeys and codes, in this installation's words."""

from __future__ import annotations

import time
from typing import Any, Final

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.utils.translation import gettext_lazy as _

from tianqu.kernel.places.api import one_code_at_a_time

# How long a code of the authenticator fits, early and late ones included (RFC 6238, 5.2: each is accepted once).
CODE_SECONDS: Final = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
CODE = _("Code from the authenticator")
NAME = _("Name of the passkey")
NAME_HINT = _("So that you know it again: my telephone, the key in the drawer.")


class CredentialField(forms.JSONField):
    """What a browser says of a passkey: JSON, which nothing but an attack nests without end."""

    def to_python(self, value: Any) -> Any:
        """Read the JSON; what is nested too deeply is none."""
        try:
            return super().to_python(value)
        except RecursionError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show again what was sent, and nothing of what is nested too deeply."""
        try:
            return super().bound_data(data, initial)
        except RecursionError:
            return initial


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey that signs in by itself, unless its owner wants it only as the second step."""

    credential = CredentialField(widget=forms.HiddenInput)

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["name"].label, self.fields["name"].help_text = NAME, NAME_HINT
        own = self.fields["passwordless"]
        own.initial = True
        own.label = _("Sign in with it alone, without a password")
        own.help_text = _("The device then asks for your finger, your face or its PIN. Otherwise it is a second step.")


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""

    credential = CredentialField(widget=forms.HiddenInput)


class SignInPasskeyForm(LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey alone."""

    credential = CredentialField(widget=forms.HiddenInput)


class ConfirmPasskeyForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey, before a key is changed."""

    credential = CredentialField(widget=forms.HiddenInput)


class EditPasskeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["name"].label, self.fields["name"].help_text = NAME, NAME_HINT


class OnceForm(BaseAuthenticateForm):  # type: ignore[misc]
    """A code that is taken once. allauth remembers used ones in one process, for 30 of the 90 seconds that they fit."""

    def clean_code(self) -> str:
        """Check the code, and note that it was used."""
        with one_code_at_a_time(self.user.id):
            code: str = super().clean_code()
            if self.authenticator.type == Authenticator.Type.TOTP:
                self._use(code)
        return code

    def _use(self, code: str) -> None:
        key, now, plain = self.authenticator, int(time.time()), normalize_user_code(code)
        used = [[kept, until] for kept, until in key.data.get("used", []) if until > now]
        if any(kept == plain for kept, _until in used):
            raise get_adapter().validation_error("incorrect_code")
        key.data["used"] = [*used, [plain, now + CODE_SECONDS]]
        key.save(update_fields=["data"])


class SecondStepForm(OnceForm, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in: a code that the authenticator shows, or a recovery code."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["code"].label = CODE


class ConfirmForm(OnceForm, ReauthenticateForm):  # type: ignore[misc]
    """The same, before a key is changed."""

    def __init__(self, *positional: Any, **named: Any) -> None:
        super().__init__(*positional, **named)
        self.fields["code"].label = CODE
