"""Whether what is printed can hold together: the newest check of all figures, and a check of anybody's bulletin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, TianquError, TooLarge, _
from tianqu.kernel.figures.api import BULLETIN_BYTES_MAX, Declared, check_bulletin, check_now, last_check
from tianqu.kernel.journal.api import kept_entry
from tianqu.kernel.pack.api import PageRequest
from tianqu.web.figures.limits import check_computing_limit
from tianqu.web.figures.words import said
from tianqu.web.layout.errors import sentence
from tianqu.web.layout.formats import in_chinese

VERDICTS: Final[dict[str, tuple[Promise, str]]] = {
    "holds": (gettext_lazy("All of it can be true together."), "done"),
    "cannot hold": (gettext_lazy("Not all of it can be true."), "late"),
    "cannot be tested": (gettext_lazy("What can be tested holds; not all of it can be tested."), "waiting"),
}
EXAMPLE: Final = """title: Orchards 2026
figures:
  - {id: orchards, printed: "120", name: orchards}
  - {id: certified, printed: "80", name: certified orchards}
  - {id: certified.share, printed: "75%", name: share of certified orchards}
relations:
  - share: {part: certified, whole: orchards, percent: certified.share}
"""


@dataclass(frozen=True, slots=True)
class RelationShown:
    """A relation in words, the figures that it links, and whether it stands in a conflict."""

    code: str
    words: str
    figures: tuple[tuple[str, str], ...]
    verdict: str


@require_safe
def check_page(request: PageRequest) -> HttpResponse:
    """The newest check of all public values."""
    check = last_check()
    entry = kept_entry(f"figures_check:{check.id}") if check else None
    context = {
        "check": check,
        "index": entry.index if entry else None,
        **_result_context(check.result if check else None),
    }
    return render(request, "figures/check.html", context, using="jinja2")


@require_safe
def check_file(request: PageRequest) -> HttpResponse:
    """The newest check whole, with its certificates, as a file."""
    check = last_check()
    if check is None:
        raise NotFound(_("Nothing has been checked yet."), field="check")
    answer = JsonResponse(check.result, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="figures-check.json"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def bulletin(request: PageRequest) -> HttpResponse:
    """A bulletin that somebody pastes or uploads, checked and not kept."""
    errors: list[tuple[str, str]] = []
    result: dict[str, Any] | None = None
    text, status = request.POST.get("bulletin", ""), 200
    if request.method == "POST":
        check_computing_limit(request)
        try:
            result = check_bulletin(_handed_in(request))
        except (InvalidInputs, InvalidInput, TooLarge) as error:
            status = 400
            each = error.errors if isinstance(error, InvalidInputs) else [error]
            errors = [("bulletin", _fault_said(fault)) for fault in each]
    context = {
        "errors": errors, "text": text if request.method == "POST" else EXAMPLE, "most": BULLETIN_BYTES_MAX // 1000,
        **_result_context(result),
    }  # fmt: skip
    return render(request, "figures/bulletin.html", context, status=status, using="jinja2")


@require_POST
def check_again(request: PageRequest) -> HttpResponse:
    """Check all public values now; what comes out the same is not kept twice."""
    check_computing_limit(request)
    check_now()
    return redirect("figures_check")


def relations_shown(declared: Sequence[Declared]) -> list[RelationShown]:
    """Relations with what the newest check says of them."""
    check = last_check() if declared else None
    if check is None:
        return []
    told, known = check.result["said"], check.result["known"]
    bad = {one["id"] for part in check.result["components"] for each in part["conflicts"] for one in each["relations"]}
    untested = {one["relation"] for part in check.result["components"] for one in part["untested"]}
    untested |= {one["relation"] for one in check.result["untested"]}
    return [
        RelationShown(
            each.code, told[each.code][_language()] if each.code in told else each.kind,
            tuple((code, _name(known, code)) for code in each.figures),
            "late" if each.code in bad else "waiting" if each.code in untested else "done",
        )
        for each in declared
    ]  # fmt: skip


def _handed_in(request: PageRequest) -> bytes:
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("bulletin", "").encode()
    if (file.size or 0) > BULLETIN_BYTES_MAX:
        raise TooLarge(_("A bulletin may have at most %(limit)s kB."), limit=BULLETIN_BYTES_MAX // 1000)
    return bytes(file.read())


def _fault_said(fault: TianquError) -> str:
    line = getattr(fault, "line", 0)
    words = f"{sentence(fault.message, fault)} {sentence(fault.remedy, fault)}".strip()
    return f"{line}: {words}" if line else words


def _result_context(result: dict[str, Any] | None) -> dict[str, Any]:
    if result is None:
        return {"result": None}
    known = result["known"]
    words, tone = VERDICTS[result["verdict"]]
    conflicts = [each for part in result["components"] for each in part["conflicts"]]
    untested = [
        {"figures": [], "why": said(one["why"]["zh"], english=one["why"]["en"]), "relation": one["relation"]}
        for part in result["components"] for one in part["untested"]
    ] + [
        {"figures": part["figures"], "why": said(part["why"]["zh"], english=part["why"]["en"]), "relation": ""}
        for part in result["components"] if part["why"]
    ] + [
        {"figures": one["figures"], "why": said(one["why"]["zh"], english=one["why"]["en"]),
         "relation": one["relation"]}
        for one in result.get("untested", ())
    ]  # fmt: skip
    return {
        "result": result, "verdict": words, "tone": tone, "conflicts": conflicts, "untested": untested, "known": known,
        "said": said, "name": lambda code: _name(known, code), "relation_words": lambda code: _words(result, code),
        "holding": sum(part["verdict"] == "holds" for part in result["components"]),
        "relation_count": sum(len(part["relations"]) for part in result["components"]),
        "figure_count": sum(len(part["figures"]) for part in result["components"]),
    }  # fmt: skip


def _words(result: dict[str, Any], code: str) -> str:
    told = result.get("said", {}).get(code)
    return told[_language()] if told else code


def _name(known: dict[str, Any], code: str) -> str:
    told = known.get(code)
    return said(told["zh"], english=told["en"]) if told else code


def _language() -> str:
    return "zh" if in_chinese() else "en"
