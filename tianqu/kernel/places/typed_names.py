"""Turning what somebody typed into a unit: a code, or a name that fits only one."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from tianqu.base.errors import InvalidInput, _
from tianqu.kernel.places.models import Unit

CANDIDATES_MAX = 6  # of them are named to somebody whose words fit several


def unit_typed(text: str, *, field: str) -> Unit:
    """Return today's unit with that code or name, or the only one whose name holds it. Raises ``InvalidInput``."""
    text = " ".join(text.split())[:100]
    if not text:
        raise InvalidInput(_("Name a unit."), field=field, remedy=_("Type its name or its code."))
    names = Q(name=text) | Q(name_en__iexact=text) | Q(code=text)
    parts = names | Q(name__contains=text) | Q(name_en__icontains=text)
    found = list(Unit.objects.on(timezone.localdate()).filter(parts).order_by("name", "code")[: CANDIDATES_MAX + 1])
    exact = [unit for unit in found if text in (unit.code, unit.name) or text.lower() == unit.name_en.lower()]
    if len(exact) == 1:
        return exact[0]
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidInput(_("No unit is called %(value)s."), field=field, value=text, remedy=_("Type a shorter part."))
    raise InvalidInput(
        _("Several units are called so: %(names)s."), field=field, value=text,
        names="; ".join(f"{unit.name} ({unit.code})" for unit in found[:CANDIDATES_MAX]),
        remedy=_("Type the whole name or the code."),
    )  # fmt: skip
