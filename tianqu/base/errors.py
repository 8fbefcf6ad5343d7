"""Errors that say what was wrong, where, and what would be right.

A message is a translatable sentence in English with named placeholders; the page or gateway that shows it
translates it with ``gettext(error.message) % error.parameters_in(english=…)``. ``base`` does not know Django, so it
only marks the sentences with ``_``.
"""

from __future__ import annotations

from typing import ClassVar


def _(message: str) -> str:
    """Mark a sentence for translation and return it unchanged."""
    return message


class TianquError(Exception):
    """Something that a caller can put right.

    Arguments: ``message``, what was wrong, a sentence with ``%(name)s`` placeholders; ``field``, the name of the
    argument or form field at fault; ``value``, what was given (never personal data); ``remedy``, what would be
    right, a sentence with the same placeholders; further keywords fill the placeholders. Beside the Chinese name of
    a thing, such as ``unit``, its English one is given as ``unit_en``.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400

    def __init__(
        self, message: str, *, field: str = "", value: object = None, remedy: str = "", **parameters: object
    ) -> None:
        self.message = message
        self.field = field
        self.value = value
        self.remedy = remedy
        self.parameters = {"field": field, "value": value, **parameters}
        super().__init__(message)

    def parameters_in(self, *, english: bool) -> dict[str, object]:
        """What fills the placeholders: in English the names that are given in English."""
        if not english:
            return self.parameters
        names = {name: self.parameters.get(f"{name}_en") or value for name, value in self.parameters.items()}
        return {**self.parameters, **names}

    def __str__(self) -> str:
        parameters = self.parameters_in(english=True)
        return " ".join(text % parameters for text in (self.message, self.remedy) if text)


class InvalidInput(TianquError):
    """A value that cannot be taken as it is."""

    code = "invalid_input"
    status = 400


def at_field(error: TianquError, field: str) -> InvalidInput:
    """Return the same fault as one of ``field``: what a page, a file or a protocol calls the argument at fault."""
    parameters = {name: each for name, each in error.parameters.items() if name not in ("field", "value")}
    return InvalidInput(error.message, field=field, value=error.value, remedy=error.remedy, **parameters)


class InvalidInputs(InvalidInput):
    """Several values at once, so that a form can show every fault in one go."""

    code = "invalid_inputs"

    def __init__(self, errors: list[InvalidInput]) -> None:
        assert errors, "InvalidInputs needs at least one error"
        self.errors = errors
        super().__init__(_("%(count)s fields need another look."), count=len(errors))


class NotPermitted(TianquError):
    """The actor's posts do not let them do or see this."""

    code = "not_permitted"
    status = 403


class NotFound(TianquError):
    """There is no such thing, or none within the actor's scope; the two are not told apart."""

    code = "not_found"
    status = 404


class Conflict(TianquError):
    """Somebody else was first, or the thing is no longer in the state that this act needs."""

    code = "conflict"
    status = 409


class TooLarge(TianquError):
    """More bytes, rows or characters than the stated limit."""

    code = "too_large"
    status = 413


class TooMany(TianquError):
    """More requests in this time than the stated limit."""

    code = "too_many"
    status = 429
