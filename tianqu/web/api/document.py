"""The OpenAPI document, finished: what every operation has in common is said of every operation."""

from __future__ import annotations

from http.client import responses
from typing import Any, Final

from django.utils.translation import gettext_noop

from tianqu.web.api.links import link
from tianqu.web.api.problems import MEDIA_TYPE, Problem

ALWAYS: Final = (400, 401, 403, 404, 422, 429, 500)
WITH_BODY: Final = (409, 413, 415)
WITH_FILE: Final = (507,)
FORM: Final = "multipart/form-data"
PROBLEM_REF: Final = {"$ref": "#/components/schemas/Problem"}
TOKEN: Final = "TokenDoor"  # noqa: S105  the name of a way in
OPEN: Final = "OpenDoor"
TAGS: Final = {
    "orders": gettext_noop("Requests: place them, list them, read one with its timeline."),
    "acts on orders": gettext_noop("One address for each act of the flow, on one request."),
    "ledgers": gettext_noop("Books in money, land and hours: post transfers, read balances and statements."),
    "village": gettext_noop("Registers of villages: parcels of land, contracts, and the rules that judge these."),
    "acts": gettext_noop("One address for each other act: administration, rules, templates, notices, tokens."),
    "public": gettext_noop("What everybody may read: answered requests."),
    "items": gettext_noop("What can be asked for: versions, their differences, their forms as JSON Schema."),
    "places": gettext_noop("Places, what became of them, and the units that answer for them."),
    "datasets": gettext_noop("What the prefecture knows: the catalogue, versions, rows, groups, files, parts."),
    "opendata": gettext_noop("The register of information systems and what they feed."),
    "returns": gettext_noop("Statistical returns: forms, campaigns, what units filed."),
    "programme": gettext_noop("Press conferences: who speaks, what is presented, questions and answers."),
    "occasions": gettext_noop("What takes place: occasions, places booked, tickets, codes and doors."),
    "rosters": gettext_noop("Rosters: shifts, who is where, how good it is, why places are empty."),
    "tours": gettext_noop("Who goes where and when: plans, what a change costs, and stops for everybody."),
    "practice": gettext_noop("Volunteers: stations, teams, who took part, hours."),
    "culture": gettext_noop(
        "Culture for villages: menu, wishes, performances, coverage, ranking, budgets, statements."
    ),
    "figures": gettext_noop("Rates with intervals, timeliness, demand, counts."),
    "releases": gettext_noop("Bulletins: what is public; in work their text, revisions, signatures, editions."),
    "dispatch": gettext_noop("Rules, their replay on the past, proposals, like requests and answers."),
    "files": gettext_noop("Attachments: handed in, checked, handed out."),
    "own": gettext_noop("What is one's own: notices, tokens, the access log."),
    "administration": gettext_noop("Persons, posts, accounts and calendars."),
    "journal": gettext_noop("The public log: entries and their proofs."),
}


def finished(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with the problems, the headers and the doors of every operation."""
    schemas = document["components"].setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    for methods in document["paths"].values():
        for method, operation in methods.items():
            _finish(operation, takes_body=method in ("post", "put"))
    link(document["paths"])
    document["components"].get("securitySchemes", {}).pop(OPEN, None)
    document["tags"] = [{"name": name, "description": description} for name, description in TAGS.items()]
    document["info"]["license"] = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
    return document


def _finish(operation: dict[str, Any], *, takes_body: bool) -> None:
    answers: dict[Any, Any] = operation["responses"]
    takes_file = FORM in operation.get("requestBody", {}).get("content", {})
    for status in sorted({*ALWAYS, *(WITH_BODY if takes_body else ()), *(WITH_FILE if takes_file else ())}):
        answer: dict[str, Any] = {
            "description": responses[status],
            "content": {MEDIA_TYPE: {"schema": PROBLEM_REF}},
        }
        if status == 429:
            answer["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
        answers[status] = answer
    operation["responses"] = {str(status): answers[status] for status in sorted(answers)}
    if takes_body and any(one["name"] == "Idempotency-Key" for one in operation["parameters"]):
        for status in ("200", "201"):
            if status in operation["responses"]:
                operation["responses"][status].setdefault("headers", {})["Idempotent-Replayed"] = {
                    "description": "true: this was done before, and this is the answer of that time.",
                    "schema": {"type": "string", "enum": ["true"]},
                }
    if {OPEN: []} in operation.get("security", []):
        operation["security"] = [{}, {TOKEN: []}]
