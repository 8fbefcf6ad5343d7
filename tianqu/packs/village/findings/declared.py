"""What the pack declares of findings: their family and flow, who may do what, and their part of the API."""

from __future__ import annotations

from typing import Final

from tianqu.packs.village.findings import endpoints
from tianqu.packs.village.findings.flow import FAMILY as FAMILY
from tianqu.packs.village.findings.flow import FLOW as FLOW

COMMENTING: Final = ("village.comment_finding", "files.store")
ANSWERING: Final = ("village.accept_finding", "village.answer_finding", *COMMENTING)
AUDITING: Final = ("village.open_finding", "village.extend_finding", *COMMENTING)
INSPECTING: Final = (
    "village.extend_finding", "village.close_finding", "village.dismiss_finding", "village.send_back_finding",
    "village.reopen_finding", "village.announce_drawing", "village.draw_findings", "village.confirm_finding",
    *COMMENTING,
)  # fmt: skip

ROUTER: Final = endpoints.router
