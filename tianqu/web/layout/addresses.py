"""Addresses that keep a page's filters: what a link, a sort or the next page changes in the query string."""

from __future__ import annotations

from django.http import HttpRequest, QueryDict


def address_with(request: HttpRequest, **changes: object) -> str:
    """Return this page's address with ``changes`` made to its query string; ``None`` takes a name away.

    Sorting or filtering anew starts at the first page, so the cursors ``after`` and ``before`` are dropped unless
    they are what changes.
    """
    query = QueryDict(request.META.get("QUERY_STRING", ""), mutable=True)
    for cursor in ("after", "before"):
        query.pop(cursor, None)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        elif isinstance(value, (list, tuple)):
            query.setlist(name, [str(one) for one in value])
        else:
            query[name] = str(value)
    encoded = query.urlencode()
    return f"{request.path}?{encoded}" if encoded else request.path
