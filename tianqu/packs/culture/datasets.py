"""What is granted for culture, as a dataset: a row a grant, as it stands in the office's book."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, Schema


def in_yuan(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: a grant with its amount in yuan."""
    granted = after.get("granted")
    return after | {"amount": format(Decimal(granted) / 100, "f") if isinstance(granted, int) else None}


GRANTS: Final = DatasetDeclaration(
    code="culture.grants", title="文化惠民经费拨款", title_en="Grants for culture", domain="culture",
    unit="culture_bureau", grain="一行是一笔拨款", grain_en="one row is a grant", access="open",
    description="拨给文化部门的惠民经费，逐笔列出；已拨的钱由账本看守，不会超支。",
    description_en="Money granted to offices for culture, grant by grant, as it stands in their books.",
    source=JournalSource("culture-grant", shaped=in_yuan),
    schema=Schema(
        (
            Column("subject", "text", "标识", "Identifier"),
            Column("office", "text", "单位代码", "Code of the office", path="office"),
            Column("granted_on", "date", "拨款日期", "Granted on", path="day"),
            Column("amount", "decimal", "金额", "Amount", unit="元", decimals=2, path="amount"),
            Column("purpose", "text", "用途", "Purpose", path="purpose"),
        ),
        ("subject",),
    ),
)  # fmt: skip
