"""A return that an office asks of itself, for what goes through every act and every role."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone

from tianqu.base.identifiers import named_identifier, new_identifier
from tianqu.kernel.journal.api import SYSTEM, Actor
from tianqu.kernel.orders.api import forget_catalogue, items_in, publish_items
from tianqu.packs.returns import acts
from tianqu.packs.returns.designing import FormColumn, Periodicity

ITEM = Path(__file__).resolve().parents[2] / "realms" / "dezhou" / "items" / "returns.yaml"


def marked_returns(officer: Actor, *, unit_id: UUID) -> dict[str, Any]:
    """Ask a unit for a return; give the things by the names that acts give them."""
    publish_items(SYSTEM, definitions=items_in(ITEM.read_bytes(), name="returns.yaml"))
    forget_catalogue()
    form_id, campaign_id = new_identifier(), new_identifier()
    acts.design_form(
        officer, form_id=form_id, code="marked", title_zh="标记报表", title_en="Marked", periodicity=Periodicity.YEAR,
        columns=[FormColumn("total", "标记列", "Total")],
    )  # fmt: skip
    acts.open_campaign(
        officer, campaign_id=campaign_id, form_id=form_id, period="2020", unit_ids=[unit_id],
        due_on=timezone.localdate() + timedelta(days=9),
    )  # fmt: skip
    return {
        "form_id": form_id, "campaign_id": campaign_id, "unit_ids": [unit_id],
        "filing_id": named_identifier(f"return:{campaign_id}:{unit_id}"),
    }  # fmt: skip
