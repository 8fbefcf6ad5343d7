"""The pages of scans: adding some with a telephone or from files, opening one, taking one away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from tianqu.base.errors import NotFound, TianquError
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.pack.api import Download, Faults, PageRequest, PageResult, Redirect, Rendered, faults
from tianqu.kernel.places.api import require
from tianqu.packs.village.contract_pages import address_of, crumbs
from tianqu.packs.village.forms import Done, Field, Form, act_page, chosen
from tianqu.packs.village.queries import ContractDetail, contract_detail
from tianqu.packs.village.scanning import acts
from tianqu.packs.village.scanning.models import ScanKind
from tianqu.packs.village.scanning.queries import ScanRow, open_scan, scans_of
from tianqu.packs.village.scanning.registers.scans import FILES_MAX
from tianqu.packs.village.scanning.words import KINDS
from tianqu.packs.village.sent_files import stored_files

KIND_OPTIONS: Final = [(each.value, _(title)) for each, title in KINDS.items()]
INPUTS: Final = ("photos", "files")  # the camera of a telephone, and whatever lies on the machine
LABELS: Final = {
    "kind": _("What they show"), "photos": _("Take a photo of each page"), "files": _("Or choose scans"),
}  # fmt: skip


def attach(request: PageRequest, contract_id: UUID) -> PageResult:
    """Keep scans with a contract: files are stored first, and taken back where the act is refused."""
    require(request.actor, "village.attach_scans")
    detail = contract_detail(request.actor, contract_id=contract_id)
    if request.method != "POST":
        return _attach_shown(detail, {"kind": ScanKind.CONTRACT.value}, Faults())
    given = {"kind": request.POST.get("kind", "")[:40]}
    try:
        kind = chosen(ScanKind, given, "kind")
        with stored_files(request, *INPUTS, most=FILES_MAX) as files:
            count = acts.attach_scans(request.actor, contract_id=contract_id, files=files, kind=kind)
    except TianquError as error:
        return _attach_shown(detail, given, faults(error), status=error.status)
    notice = ngettext("%(num)s scan was kept.", "%(num)s scans were kept.", count) % {"num": count}
    return Redirect(
        f"{address_of(contract_id)}#scans", notice=notice if count else gettext("The contract has these scans already.")
    )


def _attach_shown(
    detail: ContractDetail, values: Mapping[str, str], errors: Faults, *, status: int = 200
) -> PageResult:  # fmt: skip
    context: dict[str, Any] = {
        "detail": detail, "values": values, "errors": errors, "labels": LABELS, "kinds": KIND_OPTIONS,
        "where": crumbs(detail), "most": FILES_MAX,
        "summary": [(name if name in LABELS else "", sentence) for name, sentence in errors.items()],
    }  # fmt: skip
    return Rendered("village_scanning/attach.html", context, status=status)


def scan(request: PageRequest, *, contract_id: UUID, scan_id: UUID) -> PageResult:
    """A scan of a contract, for whom its parties may be known to."""
    small = request.GET.get("size") == "small"
    opened = open_scan(
        request.actor, contract_id=contract_id, scan_id=scan_id, variant="thumbnail" if small else "served"
    )
    return Download(opened.name, opened.media_type, opened.chunks, inline=opened.media_type.startswith("image/"))


def take(request: PageRequest, *, contract_id: UUID, scan_id: UUID) -> PageResult:
    """Take a scan away from its contract, with the reason."""
    require(request.actor, "village.take_scan_away")
    detail = contract_detail(request.actor, contract_id=contract_id)
    row = _standing(request.actor, contract_id=contract_id, scan_id=scan_id)
    form = Form(
        title=_("Take away: %(name)s") % {"name": row.name}, button=_("Take the scan away"),
        permission="village.take_scan_away", where=crumbs(detail), dangerous=True,
        text=_("Its bytes are gone then. That it was here, its hash and your reason stay."),
        fields=(Field("reason", _("Why"), hint=_("For instance: of another contract, cannot be read. Name nobody.")),),
    )  # fmt: skip

    def perform(given: Mapping[str, str], sent_id: UUID) -> Done:
        acts.take_scan_away(request.actor, scan_id=scan_id, reason=given["reason"])
        return Done(f"{address_of(contract_id)}#scans", _("The scan was taken away."))

    return act_page(request, form, perform)


def _standing(actor: Actor, *, contract_id: UUID, scan_id: UUID) -> ScanRow:
    for row in scans_of(actor, contract_id=contract_id).standing:
        if row.id == scan_id:
            return row
    raise NotFound(
        gettext_noop("There is no such scan."), field="scan_id", value=str(scan_id),
        remedy=gettext_noop("Choose one of the scans of the contract."),
    )  # fmt: skip
