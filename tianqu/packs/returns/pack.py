"""Statistical returns as a pack: who asks, who files, the loop that a return takes, and the pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tianqu.kernel.pack.api import Pack, Role
from tianqu.packs.returns import acts
from tianqu.packs.returns.flow import FAMILY, FLOW

ASKING = (
    "returns.see", "returns.design_form", "returns.open_campaign", "returns.accept_filing", "returns.send_back_filing",
    "returns.extend_filing", "returns.estimate_filing", "returns.remind_units", "returns.close_campaign",
)  # fmt: skip
FILING = ("returns.see", "returns.receive_filing", "returns.save_draft", "returns.submit_filing")

ROLES = (
    # An office's returns are seen by the office alone; its place says which units it may ask.
    Role("return_officer", gettext_noop("Officer for statistical returns"), ASKING, reach="place"),
    Role("return_statistician", gettext_noop("Statistician of a unit"), FILING, reach="unit"),
)

PACK = Pack(
    code="returns",
    title=_("Statistical returns"),
    package=acts.__name__.rpartition(".")[0],
    roles=ROLES,
    families=(FAMILY,),
    flows=(FLOW,),
)
