"""Packages of releases and records: who publishes them, under which licence, and where the next one lies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import override

from tianqu.gateways.ocds.releases import moment, ocid_of, release_of
from tianqu.kernel.pack.api import ContractRelease

VERSION: Final = "1.1"
LANGUAGES: Final = {"zh": "zh-hans", "en": "en"}
PAGINATION: Final = (
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_pagination_extension/master/extension.json"
)
PREFIX: Final = re.compile(r"ocds-[a-z0-9]{6}\Z")


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes, as the settings say. ``prefix`` is what the standard's registrar gave; "" publishes nothing."""

    prefix: str
    name: str
    origin: str
    licence: str
    policy: str


def publisher() -> Publisher:
    """Return who publishes. Raises ``ImproperlyConfigured`` for a prefix that no registrar gives."""
    prefix = settings.TIANQU_OCDS_PREFIX
    if prefix and not PREFIX.match(prefix):
        raise ImproperlyConfigured(
            f"TIANQU_OCDS_PREFIX is {prefix!r}; a prefix is ocds- and six small letters or digits, or nothing."
        )
    origin = settings.TIANQU_ORIGIN
    return Publisher(
        prefix, settings.TIANQU_OCDS_PUBLISHER, origin, settings.TIANQU_OCDS_LICENSE,
        settings.TIANQU_OCDS_POLICY or f"{origin}/villages/open-contracts",
    )  # fmt: skip


def release_package(
    rows: Sequence[ContractRelease], *, by: Publisher, uri: str, language: str, following: str = ""
) -> dict[str, Any]:
    """Return a package of releases, of which there must be one at least; ``following`` is the address of the next."""
    links = {"links": {"next": following}} if following else {}
    releases = [release_of(row, prefix=by.prefix, language=language) for row in rows]
    extensions = {"extensions": [PAGINATION]} if following else {}
    return _head(rows, by, uri) | extensions | {"releases": releases} | links


def record_pieces(
    pages: Iterable[Sequence[ContractRelease]], *, by: Publisher, uri: str, language: str
) -> Iterator[bytes]:
    """Write a package of the record of one contract with all of its releases, page by page.

    The head comes last, for the newest release says when it was published.
    """
    newest: ContractRelease | None = None
    for rows in pages:
        with override(LANGUAGES[language]):
            told = [package_bytes(release_of(row, prefix=by.prefix, language=language)) for row in rows]
        ocid = ocid_of(rows[0], prefix=by.prefix).encode()
        begun = b"," if newest else b'{"records":[{"ocid":"%s","releases":[' % ocid
        newest = rows[-1]
        yield begun + b",".join(told)
    assert newest is not None, "a record has a release"
    yield b"]}]," + package_bytes(_head([newest], by, uri))[1:]


def _head(rows: Sequence[ContractRelease], by: Publisher, uri: str) -> dict[str, Any]:
    """What both kinds of package say of themselves: it was published when its newest release was written."""
    return {
        "uri": uri,
        "version": VERSION,
        "publishedDate": moment(max(row.at for row in rows)),
        "publisher": {"name": by.name, "uri": by.origin},
        "license": by.licence,
        "publicationPolicy": by.policy,
    }


def package_bytes(package: dict[str, Any]) -> bytes:
    """Write a package as JSON; decimals as they are, digit by digit."""
    return orjson.dumps(package, default=_written)


def _written(value: object) -> orjson.Fragment:
    assert isinstance(value, Decimal), f"a package holds no {type(value).__name__}"
    return orjson.Fragment(format(value, "f"))
