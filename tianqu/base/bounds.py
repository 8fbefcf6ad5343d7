"""Values within bounds: a number between two, a word of those that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tianqu.base.errors import InvalidInput, _


def counted(value: int, *, field: str, least: int, most: int) -> int:
    """Return a number within its bounds. Raises ``InvalidInput``."""
    if not least <= value <= most:
        raise InvalidInput(
            _("%(value)s does not lie between %(least)s and %(most)s."), field=field, value=value, least=least,
            most=most,
        )  # fmt: skip
    return value


def chosen(value: str, known: Sequence[str], *, field: str) -> str:
    """Return one of what there is. Raises ``InvalidInput`` for any other."""
    if value not in known:
        raise InvalidInput(
            _("%(value)s cannot be chosen here."), field=field, value=value[:40], remedy=_("Use one of: %(known)s."),
            known=", ".join(known),
        )  # fmt: skip
    return value


def all_chosen(values: Iterable[str], known: Sequence[str], *, field: str) -> list[str]:
    """Return some of what there is, each once and in its order. Raises ``InvalidInput`` for any other."""
    found = {chosen(value, known, field=field) for value in values}
    return [value for value in known if value in found]
