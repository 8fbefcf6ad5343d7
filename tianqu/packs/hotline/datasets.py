"""The requests as a dataset for everybody: what was asked of whom, where and when, and no word of who asked or what."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from tianqu.kernel.datasets.api import Column, DatasetDeclaration, JournalSource, Schema

FAMILIES: Final = ("resident", "enterprise")
TOWNSHIP_PARTS: Final = 3  # of a path: prefecture, county, township; a village may be a handful of homes


def request_row(after: dict[str, Any]) -> dict[str, Any]:
    """What the columns are read from: an order's after-image with its late days told, and without its texts."""
    path = after.get("place_path")
    done, due = after.get("done_at"), after.get("due_done_at")
    return {
        **{name: after.get(name) for name in ("code", "item", "family", "state", "channel", "urgency")},
        **{name: after.get(name) for name in ("return_count", "reopen_count", "extended_days")},
        "place": path,
        "township": ".".join(path.split(".")[:TOWNSHIP_PARTS]) if isinstance(path, str) else None,
        "unit": after.get("unit_id", after.get("unit")),
        "placed_at": after.get("placed_at"), "dispatched_at": after.get("dispatched_at"),
        "accepted_at": after.get("accepted_at"), "done_at": done, "due_at": due, "closed_at": after.get("closed_at"),
        "late": datetime.fromisoformat(done) > datetime.fromisoformat(due) if done and due else None,
    }  # fmt: skip


def counted_row(after: dict[str, Any]) -> dict[str, Any]:
    """``request_row``, and whether the order is another family's."""
    return request_row(after) | {"elsewhere": after.get("family") not in (None, *FAMILIES)}


REQUESTS = DatasetDeclaration(
    code="hotline.requests",
    title="12345热线诉求",
    title_en="Requests to the 12345 hotline",
    grain="一件诉求的当前状态",
    grain_en="One request as it stands",
    description="每件诉求的事项、乡镇、承办单位、时间与状态。不含诉求内容、答复和诉求人信息。",
    description_en="Each request with its item, township, answering office, times and state; no words, no persons.",
    domain="government",
    unit="hotline_centre",
    access="open",
    frequency="irregular",
    source=JournalSource("order", unless="elsewhere", shaped=counted_row),
    schema=Schema(
        (
            Column("subject", "text", "标识", "Identifier"),
            Column("code", "text", "编号", "Number", path="code"),
            Column("family", "text", "类别", "Family", path="family"),
            Column("item", "text", "事项", "Item", path="item"),
            Column("township", "text", "乡镇（街道）路径", "Path of the township", path="township"),
            Column("place", "text", "地点路径", "Path of the place", path="place", closed=True),
            Column("unit", "text", "承办单位标识", "Identifier of the office", path="unit"),
            Column("state", "text", "状态", "State", path="state"),
            Column("channel", "text", "渠道", "Channel", path="channel"),
            Column("urgency", "text", "紧急程度", "Urgency", path="urgency"),
            Column("placed_at", "time", "提交时间", "Placed", path="placed_at"),
            Column("dispatched_at", "time", "派单时间", "Dispatched", path="dispatched_at"),
            Column("accepted_at", "time", "受理时间", "Accepted", path="accepted_at"),
            Column("done_at", "time", "办结时间", "Finished", path="done_at"),
            Column("due_at", "time", "办结期限", "Due", path="due_at"),
            Column("late", "boolean", "超期办结", "Finished late", path="late"),
            Column("closed_at", "time", "结案时间", "Closed", path="closed_at"),
            Column("returns", "integer", "退单次数", "Times returned", path="return_count"),
            Column("reopenings", "integer", "重办次数", "Times reopened", path="reopen_count"),
            Column("extended_days", "integer", "延期工作日", "Days granted", unit="工作日", path="extended_days"),
        ),
        ("subject",),
    ),
)
