"""Writing every release of a place into one package, as anybody may read it, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from django.utils.translation import override

from tianqu.base.errors import InvalidInput, NotFound, _
from tianqu.gateways.ocds.packages import LANGUAGES, package_bytes, publisher, release_package
from tianqu.gateways.ocds.releases import release_of
from tianqu.gateways.ocds.routes import RELEASES
from tianqu.kernel.journal.api import ANYBODY
from tianqu.kernel.pack.api import ContractRelease, ContractsAsked
from tianqu.kernel.places.api import place_called
from tianqu.project.packs import offered_contracts

PAGE: Final = 500


def export_releases(file: BinaryIO, *, place: str = "", language: str = "zh") -> int:
    """Write the package and return how many releases it holds. Raises ``NotFound`` where there is none."""
    by = publisher()
    if language not in LANGUAGES:
        raise InvalidInput(
            _("“%(value)s” is no language of titles."), field="language", value=language[:20],
            remedy=_("Write zh or en."),
        )  # fmt: skip
    count, newest = 0, None
    with override(LANGUAGES[language]):
        for newest in _every_release(place):
            file.write(b"," if count else b'{"releases":[')
            file.write(package_bytes(release_of(newest, prefix=by.prefix, language=language)))
            count += 1
        if newest is None:
            raise NotFound(_("Nothing was written about contracts there and then."), field="place", value=place)
        uri = f"{by.origin}{RELEASES}?language={language}" + (f"&place={place}" if place else "")
        head = release_package([newest], by=by, uri=uri, language=language)
    del head["releases"]
    file.write(b"]," + package_bytes(head)[1:])
    return count


def _every_release(place: str) -> Iterator[ContractRelease]:
    offered = offered_contracts()
    path, after = str(place_called(place).path) if place else "", None
    while offered is not None:
        page = offered(ANYBODY, ContractsAsked(path, after=after, limit=PAGE))
        yield from page.rows
        if page.after is None:
            return
        after = page.after
