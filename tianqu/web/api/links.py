"""What leads from one operation to the next: the links of the OpenAPI document, by which programs follow an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tianqu.kernel.orders.api import ASKER_PERMISSIONS

BASE: Final = "/api/v1"
SECRET: Final = "Receipt-Secret"  # noqa: S105  the name of a header
OF_ASKERS: Final = frozenset(permission.replace(".", "_") for permission in ASKER_PERMISSIONS)


@dataclass(frozen=True, slots=True)
class Lead:
    """An answer, and the addresses that its values fill: those that begin with ``to``, by one of the methods."""

    operation: str
    to: str
    values: Mapping[str, str]  # parameter: where its value stands in the answer's body, as a JSON pointer
    status: str = "200"
    methods: tuple[str, ...] = ("get",)


LEADS: Final = (
    Lead("orders_place", "/orders/{code}", {"code": "/code", SECRET: "/secret"}, "201", ("get", "post")),
    Lead("get_orders", "/orders/{code}", {"code": "/rows/0/code"}),
    Lead("get_own_orders", "/orders/{code}", {"code": "/rows/0/code"}),
    Lead("get_public_orders", "/public/orders/{code}", {"code": "/rows/0/code"}),
    Lead("get_items", "/items/{code}", {"code": "/0/code"}),
    Lead("get_places", "/places/{code}", {"code": "/rows/0/code"}),
    Lead("get_units", "/units/{code}", {"code": "/rows/0/code"}),
    Lead("get_persons", "/persons/{person_id}", {"person_id": "/rows/0/id"}),
    Lead("get_journal_entries", "/journal/entries/{index}", {"index": "/rows/0/index"}),
)


def link(paths: Mapping[str, Mapping[str, dict[str, Any]]]) -> None:
    """Write into each answer that leads on where it leads."""
    operations = {operation["operationId"]: operation for each in paths.values() for operation in each.values()}
    for lead in LEADS:
        links: dict[str, Any] = {}
        for path, methods in paths.items():
            if path.startswith(BASE + lead.to):
                for method in lead.methods:
                    if method in methods:
                        links[methods[method]["operationId"]] = _link(methods[method], lead, method=method)
        operations[lead.operation]["responses"][lead.status]["links"] = links


def _link(target: Mapping[str, Any], lead: Lead, *, method: str) -> dict[str, Any]:
    """The link to an operation, with those of the answer's values that are parameters of it.

    The secret of a receipt makes the caller the one who asked: it goes where askers go, and not into an office's acts.
    """
    name_of: str = target["operationId"]
    asking = method == "get" or name_of in OF_ASKERS
    taken = [one for one in target["parameters"] if one["name"] in lead.values and (asking or one["name"] != SECRET)]
    return {
        "operationId": name_of,
        "parameters": {f"{one['in']}.{one['name']}": f"$response.body#{lead.values[one['name']]}" for one in taken},
    }
