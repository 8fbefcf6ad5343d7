"""What codes are called in front of people at the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Promise]

FAMILIES: Final[Words] = {"resident": _("Requests of residents"), "enterprise": _("Appeals of enterprises")}
URGENCIES: Final[Words] = {"none": _("not urgent"), "utilities": _("urgent: supply"), "danger": _("urgent: danger")}
CHANNELS: Final[Words] = {
    "web": _("page"),
    "phone": _("phone"),
    "api": _("program"),
    "open311": _("Open311"),
    "app": _("app"),
    "wechat": _("WeChat"),
    "import": _("import"),
    "migration": _("brought in"),
}
IDENTITIES: Final[Words] = {"open": _("by name"), "sealed": _("under seal"), "anonymous": _("without a name")}
AUDIENCES: Final[Words] = {
    "internal": _("offices only"),
    "asker": _("the asker too"),
    "public": _("everybody, once published"),
}
REFUSALS: Final[Words] = {
    "not_ours_at_all": _("no office of this prefecture answers for it"),
    "in_court": _("before a court, an arbitrator or the petition office"),
    "duplicate": _("already asked"),
    "no_facts": _("cannot be acted on, and the asker could not be asked"),
    "abuse": _("abuse"),
    "other": _("another reason"),
}
OUTCOMES: Final[Words] = {
    "answered": _("picked up"),
    "no_answer": _("no answer"),
    "busy": _("busy"),
    "wrong_number": _("wrong number"),
    "declined": _("did not want to talk"),
}
SATISFACTIONS: Final[Words] = {
    "very": _("very satisfied"),
    "satisfied": _("satisfied"),
    "basically": _("basically satisfied"),
    "dissatisfied": _("dissatisfied"),
    "very_dissatisfied": _("very dissatisfied"),
}
RATES: Final[Words] = {
    "response": _("response"),
    "resolution": _("resolution"),
    "satisfaction": _("satisfaction"),
    "timeliness": _("timeliness"),
    "all": _("all rates"),
}
EXCLUSIONS: Final[Words] = {
    "test": _("a test"),
    "duplicate": _("already asked"),
    "force_majeure": _("force majeure"),
    "beyond_powers": _("beyond the unit's powers"),
    "abuse": _("abuse"),
    "other": _("another reason"),
}
ACTOR_KINDS: Final[Words] = {"asker": _("the asker"), "system": _("by the clock or a rule"), "post": _("an office")}


def options(words: Words, *, among: tuple[str, ...] | None = None) -> list[tuple[str, Promise | str]]:
    """Return the pairs of a choice, in the order of the codes that the kernel knows."""
    return [(code, words.get(code, code)) for code in (among if among is not None else tuple(words))]
