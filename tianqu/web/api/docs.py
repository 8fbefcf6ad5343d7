"""The API's documentation as a page: made on the server from the OpenAPI document, so that it needs no script."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_safe

from tianqu.web.api.api import api
from tianqu.web.api.document import TAGS
from tianqu.web.api.doors import ACTOR_KEPT_SECONDS
from tianqu.web.api.problems import BARE

NAMES: Final = {
    "orders": gettext_noop("Requests"),
    "acts on orders": gettext_noop("Acts on requests"),
    "ledgers": gettext_noop("Books"),
    "village": gettext_noop("Villages"),
    "acts": gettext_noop("Other acts"),
    "public": gettext_noop("What is public"),
    "items": gettext_noop("Items"),
    "places": gettext_noop("Places and units"),
    "datasets": gettext_noop("Datasets"),
    "opendata": gettext_noop("Information systems"),
    "returns": gettext_noop("Statistical returns"),
    "programme": gettext_noop("Programme and press conferences"),
    "occasions": gettext_noop("What takes place"),
    "rosters": gettext_noop("Rosters"),
    "tours": gettext_noop("Tours"),
    "practice": gettext_noop("Civic practice"),
    "culture": gettext_noop("Culture"),
    "figures": gettext_noop("Figures"),
    "releases": gettext_noop("Releases"),
    "dispatch": gettext_noop("Dispatch"),
    "files": gettext_noop("Files"),
    "own": gettext_noop("One's own"),
    "administration": gettext_noop("Administration"),
    "journal": gettext_noop("The log"),
}
MORE_PROBLEMS: Final = (
    ("invalid_input", "400", gettext_noop("A value cannot be taken as it is.")),
    ("invalid_inputs", "400, 422", gettext_noop("Several fields need another look; each stands in errors.")),
    (
        "conflict", "409",
        gettext_noop("Somebody was first, or the thing is not in the state that this act needs. Read it again."),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A field or a parameter in a line: its name, where it stands, its type in words, and whether it is needed."""

    name: str
    where: str
    kind: str
    needed: bool
    told: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the page shows it."""

    anchor: str
    method: str
    address: str
    summary: str
    told: tuple[str, ...]
    token: str  # needed, possible
    fields: tuple[Shown, ...]
    answer: str


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """One part of the API, or where to begin."""
    groups = grouped()
    chosen = request.GET.get("tag", "")
    context: dict[str, Any] = {
        "tags": [(tag, gettext(NAMES[tag]), len(groups.get(tag, ()))) for tag in TAGS],
        "chosen": chosen if chosen in groups else "", "operations": groups.get(chosen, ()),
        "name": gettext(NAMES[chosen]) if chosen in groups else "",
        "told": gettext(TAGS[chosen]) if chosen in groups else "", "address": request.build_absolute_uri("/api/v1"),
        "token_kept_s": int(ACTOR_KEPT_SECONDS),
        "problems": [(code, status, gettext(detail)) for code, status, detail in _problems()],
    }  # fmt: skip
    return render(request, "api/docs.html", context, using="jinja2")


def _problems() -> list[tuple[str, str, str]]:
    bare = [(code, str(status), detail) for status, (code, detail, _remedy) in BARE.items()]
    return sorted([*bare, *MORE_PROBLEMS], key=lambda one: one[1])


@lru_cache(maxsize=1)
def grouped() -> dict[str, tuple[Operation, ...]]:
    """Return the operations of the document by their group."""
    document = api.get_openapi_schema(path_prefix="/api/v1/")
    groups: dict[str, list[Operation]] = {}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = _operation(document, address, method=method, operation=operation)
            groups.setdefault(operation["tags"][0], []).append(shown)
    return {tag: tuple(found) for tag, found in groups.items()}


def _operation(document: dict[str, Any], address: str, *, method: str, operation: dict[str, Any]) -> Operation:
    fields = [
        Shown(
            one["name"], one["in"], kind_of(one["schema"]), one["required"],
            one.get("description") or one["schema"].get("description", ""),
        )
        for one in operation["parameters"]
    ]  # fmt: skip
    for content in operation.get("requestBody", {}).get("content", {}).values():
        fields += _body_fields(document, content["schema"])
    good: dict[str, Any] = next(
        (answer for status, answer in operation["responses"].items() if status.startswith("2")), {}
    )
    schemas = [content.get("schema", {}) for content in good.get("content", {}).values()]
    doors = operation.get("security", [])
    return Operation(
        anchor=operation["operationId"], method=method.upper(), address=address, summary=operation["summary"],
        told=_told(operation), token="" if not doors else "possible" if {} in doors else "needed",
        fields=tuple(fields), answer=kind_of(schemas[0]) if schemas else "",
    )  # fmt: skip


def _told(operation: dict[str, Any]) -> tuple[str, ...]:
    """The paragraphs of an operation, without a first one that its summary says already."""
    paragraphs = tuple(part for part in operation.get("description", "").split("\n\n") if part)
    return paragraphs[1:] if paragraphs[:1] == (operation["summary"],) else paragraphs


def _body_fields(document: dict[str, Any], schema: dict[str, Any]) -> list[Shown]:
    if reference := schema.get("$ref"):
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    needed = schema.get("required", [])
    return [
        Shown(name, "body", kind_of(one), name in needed, one.get("description", ""))
        for name, one in schema.get("properties", {}).items()
    ]


def kind_of(schema: dict[str, Any]) -> str:
    """Return the type of a schema in few words: ``text of at most 120``, ``one of a, b``, ``list of uuid``."""
    if reference := schema.get("$ref"):
        return str(reference.rpartition("/")[2])
    if parts := schema.get("anyOf") or schema.get("allOf"):
        return " | ".join(dict.fromkeys(kind_of(part) for part in parts))
    if values := schema.get("enum"):
        return " | ".join(map(str, values))
    if "const" in schema:
        return str(schema["const"])
    kind = str(schema.get("format") or schema.get("type") or "any")
    if kind == "array":
        return f"[{kind_of(schema.get('items', {}))}]"
    limits = [f"≤ {schema[name]}" for name in ("maxLength", "maximum") if name in schema]
    return " ".join([kind, *limits])
