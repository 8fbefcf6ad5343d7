"""Scans in words."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext, gettext_noop

from tianqu.packs.village.desk.words import post_said
from tianqu.packs.village.scanning.models import ScanKind
from tianqu.packs.village.scanning.queries import ScanRow

KINDS: Final = {
    ScanKind.CONTRACT: gettext_noop("The signed contract"),
    ScanKind.SUPPLEMENT: gettext_noop("A supplement or annex"),
    ScanKind.RESOLUTION: gettext_noop("The resolution or its minutes"),
    ScanKind.OTHER: gettext_noop("Another paper"),
}


def kind_said(row: ScanRow) -> str:
    """Which paper a scan shows."""
    return gettext(KINDS[ScanKind(row.kind)])


def keeper_said(row: ScanRow) -> str:
    """By whom a scan was kept."""
    return post_said(row.role, title=row.title, name=row.by)
