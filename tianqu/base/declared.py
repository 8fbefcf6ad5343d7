"""What packs declare to a room, by its code: made known at start-up, found by code afterwards."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

from tianqu.base.errors import Conflict, InvalidInput, _


class Coded(Protocol):
    """Anything with a code that names it."""

    @property
    def code(self) -> str:
        """The code."""


Kind = TypeVar("Kind", bound=Coded)


class Declared(dict[str, Kind], Generic[Kind]):
    """The declarations of one sort, by code. ``two`` says that two different ones have one code, ``none`` that there is
    none of a code; both are sentences about ``%(value)s``.
    """

    def __init__(self, *, two: str, none: str) -> None:
        super().__init__()
        self._two, self._none = two, none

    def add(self, kind: Kind) -> None:
        """Make one known. The same twice is harmless; raises ``Conflict`` for two different ones of one code."""
        if self.setdefault(kind.code, kind) != kind:
            raise Conflict(self._two, field="code", value=kind.code)

    def called(self, code: str) -> Kind:
        """Return the one of a code. Raises ``InvalidInput`` for one that no pack declares."""
        kind = self.get(code)
        if kind is None:
            raise InvalidInput(
                self._none, field="kind", value=code[:40], remedy=_("Use one of: %(kinds)s."),
                kinds=", ".join(sorted(self)),
            )  # fmt: skip
        return kind
