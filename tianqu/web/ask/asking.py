"""Asking in three steps: what, where, who. The answers travel in the page itself, so nothing is kept until it is sent.

An identifier made on the first page makes sending twice the same as sending once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.http import HttpResponse, JsonResponse
from django.http.request import QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from tianqu.base.errors import InvalidInput, InvalidInputs, NotFound, TianquError, at_field
from tianqu.base.identifiers import new_identifier
from tianqu.kernel.files.api import StoredFile, discard_file, store_file
from tianqu.kernel.journal.api import Actor
from tianqu.kernel.orders.api import (
    Contact,
    KnownItem,
    PublicFilters,
    Receipt,
    attach_file,
    form_fields,
    item_catalogue,
    item_form,
    known_item,
    order_detail,
    page_answers,
    place_order,
    public_orders,
    receipt_actor,
    validate_answers,
)
from tianqu.kernel.pack.api import Faults, PageRequest, act_as_oneself
from tianqu.kernel.places.api import find_places, full_names, place_near, place_with
from tianqu.web.ask.receipts import keep_receipt
from tianqu.web.home.places import roots
from tianqu.web.layout.errors import faults
from tianqu.web.uploads import check_uploads

STEPS = ("what", "where", "who")
STEP_TITLES = {"what": _("What is it about?"), "where": _("Where is it?"), "who": _("How can we reach you?")}
WORDS_MAX = 200
PLACES_SHOWN = 12
ANSWERS_SHOWN = 3  # of others, before one asks oneself
PHOTOS_MAX = 3
BROUGHT_MAX, BROUGHT_VALUES_MAX = 500, 20  # characters and values of a field that a link brings along
BROUGHT = "brought"  # the name of the field that says that a link brought the place along
YES_NO = {"yes": _("Yes"), "no": _("No")}
FORM_PREFIX = "form-"  # names of the fields of the item's own form


@require_safe
def choose(request: PageRequest) -> HttpResponse:
    """Find the item by one's own words, or among all of them by group."""
    words = " ".join(request.GET.get("q", "").split())[:WORDS_MAX]
    found = item_catalogue(timezone.localdate(), words=words)
    groups: dict[str, list[Any]] = {}
    if not words:
        for item in found:
            groups.setdefault(item.group.said(get_language() or ""), []).append(item)
    answered = (
        public_orders(filters=PublicFilters(text=words, answered=True), limit=ANSWERS_SHOWN).rows if words else ()
    )
    context = {
        "words": words, "found": found if words else [], "groups": groups, "language_code": get_language(),
        "answered": answered,
    }  # fmt: skip
    return render(request, "ask/choose.html", context, using="jinja2")


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PageRequest, item: str) -> HttpResponse:
    """Show a step, or take it and show the next; the last one places the request."""
    act_as_oneself(request, "orders.place")
    known = known_item(item, on=timezone.localdate())
    if not known.offered:
        raise NotFound(gettext_noop("There is no item %(value)s."), field="item", value=item[:80])
    if request.method != "POST":
        return _page(request, known, "what", _brought(request.GET))
    given, step = request.POST.copy(), request.POST.get("step", "what")
    if step not in STEPS:
        step = "what"
    if "back" in given:
        given.pop(BROUGHT, None)  # who goes back may choose another place
        return _page(request, known, STEPS[max(0, STEPS.index(step) - 1)], given)
    if step == "where" and "find" in given:
        return _page(request, known, "where", given)
    try:
        if step == "where":
            _take_point(given)
        _check(known, step, given)
        if step != STEPS[-1]:
            return _page(request, known, _next(step, given), given)
        receipt = _place(request, known, given)
    except TianquError as error:
        return _page(request, known, _step_of(error, step), given, status=error.status, errors=faults(error))
    return redirect("receipt", code=receipt.code)


def _brought(query: QueryDict) -> QueryDict:
    """What a link brought along for a fresh request: words, place, and fields of the item's own form."""
    given = QueryDict(mutable=True)
    given["order_id"] = str(new_identifier())
    for name in query:
        if name in FIELDS_OF["what"] or name == "place" or name.startswith(FORM_PREFIX):
            given.setlist(name, [value[:BROUGHT_MAX] for value in query.getlist(name)[:BROUGHT_VALUES_MAX]])
    if "place" in given and not _is_identifier(str(given["place"])):
        del given["place"]
    if given.get("place"):
        given[BROUGHT] = "on"
    return given


def _is_identifier(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _next(step: str, given: QueryDict) -> str:
    """The step after this one. Where a link brought the place along it is not asked for again."""
    steps = _steps(given)
    return steps[steps.index(step) + 1]


def _steps(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The steps to be taken: a place that a link brought along is not asked for."""
    return ("what", "who") if given.get(BROUGHT) and given.get("place") else STEPS


def _check(item: KnownItem, step: str, given: QueryDict) -> None:
    if step == "what":
        errors = [
            InvalidInput(gettext_noop("This is needed."), field=name, remedy=gettext_noop("Write a few words."))
            for name in ("title", "description")
            if not given.get(name, "").strip()
        ]
        try:
            _answers(item, given)
        except InvalidInputs as refused:
            errors += [at_field(one, FORM_PREFIX + one.field) for one in refused.errors]
        if errors:
            raise InvalidInputs(errors)
    if step == "where" and not given.get("place"):
        raise InvalidInput(
            gettext_noop("Choose the place."),
            field="place_words",
            remedy=gettext_noop("Type its name, then choose it below."),
        )


def _take_point(given: QueryDict) -> None:
    """Let a point on the map stand for the place nearest to it, where none was chosen by name."""
    point = _point(given)
    if point is None or given.get("place"):
        return
    lon, lat = point
    try:
        given["place"] = str(place_near(lon=lon, lat=lat).id)
    except NotFound as error:
        raise InvalidInput(error.message, field="place_words", value=error.value, remedy=error.remedy) from error


def _point(given: QueryDict) -> tuple[Decimal, Decimal] | None:
    """The point that was tapped, in degrees of WGS 84, or None."""
    try:
        lon, lat = Decimal(given.get("lon", "")[:20]), Decimal(given.get("lat", "")[:20])
    except InvalidOperation:
        return None
    if not (lon.is_finite() and lat.is_finite() and abs(lon) <= 180 and abs(lat) <= 90):
        return None
    return round(lon, 6), round(lat, 6)


@require_safe
def near(request: PageRequest) -> JsonResponse:
    """Return the place of ours nearest to a point, for the map: its identifier and full name, or nothing."""
    point = _point(request.GET)
    if point is None:
        return JsonResponse({}, status=400)
    try:
        found = place_near(lon=point[0], lat=point[1])
    except NotFound:
        return JsonResponse({"name": str(_("No place of ours lies there."))}, status=404)
    name = full_names([found.id])[found.id].shown(get_language() or "")
    return JsonResponse({"id": str(found.id), "name": name}, json_dumps_params={"ensure_ascii": False})


def _answers(item: KnownItem, given: QueryDict) -> dict[str, Any]:
    form = item_form(item)
    sent = {name.removeprefix(FORM_PREFIX): given.getlist(name) for name in given if name.startswith(FORM_PREFIX)}
    return validate_answers(form, page_answers(form, sent), today=timezone.localdate())


def _step_of(error: TianquError, step: str) -> str:
    """The step whose field is at fault, so that the error is shown beside it."""
    named = {one.field for one in error.errors} if isinstance(error, InvalidInputs) else {error.field}
    if named & {"title", "description"} or any(name.startswith(FORM_PREFIX) for name in named):
        return "what"
    return "where" if named & {"place", "place_id", "address"} else step


def _place(request: PageRequest, item: KnownItem, given: QueryDict) -> Receipt:
    photos: list[StoredFile] = []
    try:
        given_photos = _photos(request)
        check_uploads(request, request.actor, given_photos)
        for file in given_photos:
            photos.append(store_file(request.actor, content=file.read(), name=file.name or "photo"))
        receipt = _placed(request, item, given)
    except TianquError:
        for photo in photos:
            discard_file(request.actor, file_id=photo.id)
        raise
    keep_receipt(request, receipt)
    asker = receipt_actor(request.actor, code=receipt.code, secret=receipt.secret)
    there = _photos_there(asker, receipt.order_id) if receipt.again and photos else set()
    for photo in photos:
        if photo.sha256 in there:
            discard_file(request.actor, file_id=photo.id)
        else:
            attach_file(asker, order_id=receipt.order_id, file_id=photo.id)
    return receipt


def _photos_there(asker: Actor, order_id: UUID) -> set[str]:
    """What was attached when the same was sent before; whatever was lost then is still to be attached."""
    return {attachment.sha256 for attachment in order_detail(asker, order_id=order_id).attachments}


def _placed(request: PageRequest, item: KnownItem, given: QueryDict) -> Receipt:
    lon, lat = _point(given) or (None, None)
    return place_order(
        request.actor,
        item=item.code,
        place_id=_identifier(given.get("place", ""), field="place"),
        title=given.get("title", ""),
        description=given.get("description", ""),
        form=_answers(item, given),
        contact=Contact(
            kind=given.get("kind", "resident"), name=given.get("name", ""), phone=given.get("phone", ""),
            email=given.get("email", ""), firm=given.get("firm", ""),
        ),
        identity=given.get("identity", "open"),
        address=given.get("address", ""),
        lon=lon,
        lat=lat,
        public=given.get("public") == "on",
        order_id=_order_id(_identifier(given.get("order_id", ""), field="order_id")),
    )  # fmt: skip


def _order_id(of_page: UUID) -> UUID:
    """The request's identifier, made one way from the page's own.

    Only this browser knows the page's, so that nobody who sees the request can send it again and be told its receipt.
    """
    return uuid5(NAMESPACE_URL, f"tianqu:page:{of_page}")


def _photos(request: PageRequest) -> list[Any]:
    photos = request.FILES.getlist("photos")
    if len(photos) > PHOTOS_MAX:
        raise InvalidInput(
            gettext_noop("At most %(most)s photos can be sent at once."), field="photos", most=PHOTOS_MAX,
            remedy=gettext_noop("Choose fewer; you can add more afterwards."),
        )  # fmt: skip
    return list(photos)


def _identifier(text: str, *, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidInput(
            gettext_noop("This page has lost its data."),
            field=field,
            remedy=gettext_noop("Begin anew; nothing was sent."),
        ) from None


def _page(
    request: PageRequest,
    item: KnownItem,
    step: str,
    given: Mapping[str, Any],
    *,
    status: int = 200,
    errors: Faults | None = None,
) -> HttpResponse:
    language = get_language() or ""
    words = " ".join(str(given.get("place_words", "")).split())[:WORDS_MAX]
    found = find_places(words, limit=PLACES_SHOWN) if step == "where" and words else []
    places, chosen = found, given.get("place")
    if step != "what" and chosen and not places:
        places = [place_with(_identifier(str(chosen), field="place"))]
    names = full_names([place.id for place in places])
    steps = _steps(given) if step in _steps(given) else STEPS
    fields = list(form_fields(item_form(item), language))
    context = {
        "item": item,
        "title": item.title if language.startswith("zh") or not item.title_en else item.title_en,
        "step": step,
        "number": steps.index(step) + 1,
        "count": len(steps),
        "step_title": STEP_TITLES[step],
        "given": given,
        "kept": _kept(given, step),
        "form_fields": fields,
        "said": _said(fields, given) if step == "who" else [],
        "form_prefix": FORM_PREFIX,
        "places": [(str(place.id), names[place.id].shown(language)) for place in places],
        "place_words": words,
        "place_name": names[places[0].id].shown(language) if places and chosen and not found else "",
        "maps": [reverse("places_below", kwargs={"code": root.code}) for root in roots()] if step == "where" else [],
        "errors": errors or Faults(),
        "person": request.person,
    }
    return render(request, "ask/step.html", context, status=status, using="jinja2")


def _said(fields: Sequence[Any], given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What the fields of the item's own form were told, as the summary shows it."""
    said = []
    for field in fields:
        name = FORM_PREFIX + field.code
        told = given.getlist(name) if isinstance(given, QueryDict) else []
        words = dict(field.choices) if field.choices else YES_NO if field.kind == "yes_no" else {}
        said.append((field.label, ", ".join(str(words.get(one, one)) for one in told)))
    return said


FIELDS_OF = {
    "what": ("title", "description"),
    "where": ("place", "place_words", "address", "lon", "lat"),
    "who": ("kind", "name", "phone", "email", "firm", "identity", "public"),
}


def _kept(given: Mapping[str, Any], step: str) -> list[tuple[str, str]]:
    """What the other steps were told, carried along in the page."""
    kept = [("order_id", str(given.get("order_id", "")))]
    if given.get(BROUGHT) and step != "where":
        kept.append((BROUGHT, "on"))
    for other in STEPS:
        if other != step:
            kept += [(name, str(given[name])) for name in FIELDS_OF[other] if given.get(name)]
    if step != "what" and isinstance(given, QueryDict):
        for name in given:
            if name.startswith(FORM_PREFIX):
                kept += [(name, value) for value in given.getlist(name)]
    return kept
