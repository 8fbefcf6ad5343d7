"""An information system of one office, for what goes through every act and every register."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tianqu.kernel.journal.api import SYSTEM
from tianqu.packs.opendata.acts import declare_system


def marked_system(unit_id: UUID, **more: Any) -> dict[str, Any]:
    """Declare a system; give it by the name that acts give it."""
    told: dict[str, Any] = {"since": date(2016, 5, 1), "cloud_since": date(2019, 3, 1), "domains": ["town"]}
    declare_system(
        SYSTEM, system="marked", unit_id=unit_id, name="标记系统", name_en="Marked", **(told | more)
    )  # fmt: skip
    return {"system": "marked"}
