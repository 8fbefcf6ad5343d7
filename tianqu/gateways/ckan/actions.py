"""The actions: each takes what it is told and returns CKAN's result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from django.conf import settings

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.ckan.asked import Told, flag, listed, mapping, needed, number, text
from tianqu.gateways.ckan.conditions import Condition
from tianqu.gateways.ckan.datastore import datastore_search, resource_called
from tianqu.gateways.ckan.packages import (
    FIGURES_GROUP,
    figure_name,
    found_called,
    group_dict,
    name_of,
    package_of,
    packages_of,
    tag_dict,
)
from tianqu.gateways.ckan.search import (
    ROWS_MAX,
    Search,
    counts,
    facets,
    found,
    narrowed,
    organization_called,
    organization_told,
    organizations,
    read_search,
)
from tianqu.kernel.datasets.api import DOMAINS, LICENCES, Dataset
from tianqu.kernel.datasets.api import PAGE_MAX as CATALOGUE_PAGE

Action: TypeAlias = Callable[[Told], Any]
VERSION: Final = "2.10.0"  # whose Action API is spoken
NAMES_MAX: Final = 10_000
PACKAGES_MAX: Final = 100  # with their resources, at once
SHOWN_MAX: Final = 1_000  # packages of one group or office


def site_read(_told: Told) -> bool:
    """Everybody may read here."""
    return True


def status_show(_told: Told) -> dict[str, Any]:
    """Which API is spoken, and by whom."""
    return {
        "ckan_version": VERSION, "site_url": settings.TIANQU_ORIGIN, "site_title": settings.TIANQU_REALM_NAMES["zh"],
        "site_description": "Tianqu", "error_emails_to": None, "locale_default": "zh_Hans_CN",
        "extensions": ["datastore"],
    }  # fmt: skip


def package_list(told: Told) -> list[str]:
    """The names of packages in the order of their codes, figures last; at most 10,000 at once."""
    limit, offset = number(told, "limit", NAMES_MAX, most=NAMES_MAX), number(told, "offset", 0)
    names: list[str] = []
    search = Search(sort="code")
    while len(names) < limit:
        rows = min(CATALOGUE_PAGE, limit - len(names))
        page = found(search, start=offset + len(names), rows=rows).packages
        names += [name_of(one.code) if isinstance(one, Dataset) else figure_name(one.figure.code) for one in page]
        if len(page) < rows:
            break
    return names


def current_packages(told: Told) -> list[dict[str, Any]]:
    """Packages with their resources, the last changed first; at most 100 at once."""
    limit = number(told, "limit", PACKAGES_MAX, most=PACKAGES_MAX)
    return packages_of(found(Search(), start=number(told, "offset", 0), rows=limit).packages)


def package_search(told: Told) -> dict[str, Any]:
    """Packages by words and conditions, with facets; at most 1,000 at once."""
    filters = [text(told, "fq"), *listed(told, "fq_list")]
    search = read_search(q=text(told, "q"), filters=filters, sort=text(told, "sort"))
    rows, start = number(told, "rows", 10, most=ROWS_MAX), number(told, "start", 0)
    page = found(search, start=start, rows=rows)
    names = listed(told, "facet.field")
    told_facets = facets(search, names=names, most=number(told, "facet.limit", 50)) if flag(told, "facet", True) else {}
    return {
        "count": page.count, "start": start, "sort": text(told, "sort") or "score desc, metadata_modified desc",
        "results": packages_of(page.packages), "search_facets": told_facets,
        "facets": {
            name: {item["name"]: item["count"] for item in facet["items"]} for name, facet in told_facets.items()
        },
    }  # fmt: skip


def package_show(told: Told) -> dict[str, Any]:
    """One package by its name or identifier."""
    return package_of(found_called(needed(told, "id", "name_or_id")))


def resource_show(told: Told) -> dict[str, Any]:
    """One resource by its identifier."""
    identifier = needed(told, "id")
    one, form = resource_called(identifier)
    resources: list[dict[str, Any]] = package_of(one)["resources"]
    return next(each for each in resources if each["id"].endswith(f".{form}"))


def organization_list(told: Told) -> list[Any]:
    """Offices of which there is something: names, or all about them with ``all_fields``."""
    wanted = set(listed(told, "organizations"))
    rows = [row for row in organizations() if not wanted or name_of(row[0].code) in wanted]
    rows = _page(told, rows)
    return [organization_told(*row) if flag(told, "all_fields", False) else name_of(row[0].code) for row in rows]


def organization_show(told: Told) -> dict[str, Any]:
    """One office, with its packages where ``include_datasets`` asks for them."""
    name = needed(told, "id")
    unit = organization_called(name)
    if unit is None:
        raise NotFound(_("There is no office %(value)s."), field="id", value=name[:100])
    return _with_packages(organization_told(unit, 0), Search(unit_ids=frozenset((unit.id,))), told)


def group_list(told: Told) -> list[Any]:
    """The nineteen domains of datasets, and the figures."""
    names = [*sorted(DOMAINS), FIGURES_GROUP]
    wanted = set(listed(told, "groups"))
    names = _page(told, [name for name in names if not wanted or name in wanted])
    if not flag(told, "all_fields", False):
        return names
    packages = counts(Search()).groups
    return [_group_told(name) | {"package_count": packages[name]} for name in names]


def group_show(told: Told) -> dict[str, Any]:
    """One domain, with its packages where ``include_datasets`` asks for them."""
    name = needed(told, "id")
    if name not in DOMAINS and name != FIGURES_GROUP:
        raise NotFound(_("There is no group %(value)s."), field="id", value=name[:100])
    return _with_packages(_group_told(name), narrowed(Search(), Condition("groups", frozenset((name,)))), told)


def _group_told(name: str) -> dict[str, Any]:
    more = {"type": "group", "is_organization": False, "approval_status": "approved", "state": "active"}
    return group_dict(name) | more


def _with_packages(answer: dict[str, Any], search: Search, told: Told) -> dict[str, Any]:
    wanted = flag(told, "include_datasets", False)
    page = found(search, start=0, rows=SHOWN_MAX if wanted else 0)
    more = {"packages": packages_of(page.packages)} if wanted else {}
    return answer | {"package_count": page.count, "users": [], "groups": [], "tags": [], "extras": []} | more


def _page(told: Told, rows: list[Any]) -> list[Any]:
    offset = number(told, "offset", 0)
    return rows[offset : offset + number(told, "limit", SHOWN_MAX, most=SHOWN_MAX)]


def tag_list(told: Told) -> list[Any]:
    """The tags that some package has, in order: names, or all about them with ``all_fields``; ``query`` narrows."""
    if text(told, "vocabulary_id"):
        raise NotFound(_("There is no vocabulary %(value)s."), field="vocabulary_id", value=text(told, "vocabulary_id"))
    query = text(told, "query").strip().lower()
    names = sorted(name for name in counts(Search()).tags if query in name.lower())
    return [tag_dict(name) for name in names] if flag(told, "all_fields", False) else names


def tag_show(told: Told) -> dict[str, Any]:
    """One tag, with its packages where ``include_datasets`` asks for them."""
    name = needed(told, "id")
    search = narrowed(Search(), Condition("tags", frozenset((name,))))
    if not found(search, start=0, rows=0).count:
        raise NotFound(_("There is no tag %(value)s."), field="id", value=name[:100])
    packages = (
        packages_of(found(search, start=0, rows=SHOWN_MAX).packages) if flag(told, "include_datasets", False) else None
    )
    return tag_dict(name) | ({} if packages is None else {"packages": packages})


def nothing_listed(_told: Told) -> list[str]:
    """There are none: tags are free."""
    return []


def license_list(_told: Told) -> list[dict[str, Any]]:
    """The licences under which data may be given."""
    return [
        {
            "id": name, "title": licence[1], "title_translated": {"zh": licence[0], "en": licence[1]},
            "url": licence[2], "status": "active", "od_conformance": "approved", "osd_conformance": "approved",
            "domain_data": True, "domain_content": True, "domain_software": False, "is_okd_compliant": True,
            "is_generic": False, "family": "", "maintainer": "",
        }
        for name, licence in LICENCES.items()
    ]  # fmt: skip


def help_show(told: Told) -> str:
    """What an action does."""
    name = needed(told, "name")
    if name not in ACTIONS:
        raise NotFound(_("There is no action %(value)s."), field="name", value=name[:100])
    return (ACTIONS[name].__doc__ or "").strip()


def datastore_info(told: Told) -> dict[str, Any]:
    """The columns and the number of rows of a resource."""
    identifier = needed(told, "id", "resource_id")
    answer = datastore_search({"resource_id": identifier, "limit": 0})
    columns = [each | {"schema": {}} for each in answer["fields"] if each["id"] != "_id"]
    return {"meta": {"id": identifier, "count": answer["total"], "table_type": "BASE TABLE"}, "fields": columns}


def datastore_rows(told: Told) -> dict[str, Any]:
    """Rows of a resource by filters, fields and order; at most 1,000 at once."""
    if mapping(told, "filters") and len(mapping(told, "filters")) > 20:
        raise InvalidInput(_("At most %(most)s conditions."), field="filters", most=20)
    return datastore_search(told)


ACTIONS: Final[Mapping[str, Action]] = {
    "site_read": site_read, "status_show": status_show, "help_show": help_show, "package_list": package_list,
    "package_search": package_search, "package_show": package_show, "dataset_show": package_show,
    "current_package_list_with_resources": current_packages, "resource_show": resource_show,
    "organization_list": organization_list, "organization_show": organization_show, "group_list": group_list,
    "group_show": group_show, "tag_list": tag_list, "tag_show": tag_show, "vocabulary_list": nothing_listed,
    "license_list": license_list, "datastore_search": datastore_rows, "datastore_info": datastore_info,
}  # fmt: skip
