"""Checking OCDS 1.1 packages, also for what the standard's schema lets pass.

Beyond the shape of each field these must hold: identifiers are not given twice, and what refers to a party, an award
or an item finds it; nothing is negative, ends before it starts, or happened after it was told; amounts have a currency
and no more decimals than it has; no more is paid than a contract is worth; ocids begin with a publisher's prefix. It
needs neither Django nor a network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from tianqu.base.errors import InvalidInput, _
from tianqu.gateways.ocds.fields import ROOT, Faults, Pointer, below, fault, is_number, object_faults, read_moment
from tianqu.gateways.ocds.sense import RULES

FAULTS_MAX: Final = 1000
VERSION: Final = "1.1"
PAGINATION: Final = "ocds_pagination_extension"
OCID: Final = re.compile(r"(ocds-[a-z0-9]{6})-.+", re.DOTALL)
# Where a tag begins with a word, the release has this part.
PARTS: Final = {"tender": "tender", "award": "awards", "contract": "contracts", "implementation": "contracts"}
Part = tuple[Pointer, Mapping[str, Any]]  # a JSON pointer, and the object there


def check_bytes(content: bytes, *, prefix: str = "") -> list[InvalidInput]:
    """Return what is wrong with a package as it was sent, at most 1,000 faults; none where it is sound.

    ``prefix`` is the one that every ocid must begin with; "" takes any. A fault's ``field`` is a JSON pointer.
    """
    try:
        document = json.loads(
            content.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse_constant,
            object_pairs_hook=_object_once,
        )  # fmt: skip
        json.dumps(document, ensure_ascii=False, default=str).encode()  # refuses halves of characters (RFC 8259, 8.2)
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        return [fault(ROOT, _("This is no JSON: %(reason)s."), reason=reason, remedy=_("Send JSON in UTF-8."))]
    return check_package(document, prefix=prefix)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _object_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields are each given once: of two, one reader would see the one, another the other."""
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise ValueError(f"the field {name[:40]!r} is given twice in one object")
        made[name] = value
    return made


def check_package(document: Any, *, prefix: str = "") -> list[InvalidInput]:
    """The same for a package that was read, whose numbers are whole or ``Decimal``."""
    return list(islice(_package_faults(document, prefix), FAULTS_MAX))


def _package_faults(document: Any, prefix: str) -> Faults:
    of_records = isinstance(document, dict) and "records" in document
    shape = "RecordPackage" if of_records else "ReleasePackage"
    yield from object_faults(document, shape, ROOT, rules=RULES, strict=not _extended(document))
    if not isinstance(document, dict):
        return
    yield from _head_faults(document)
    if of_records:
        records = list(objects(document, "records", ROOT))
        yield from _same((below(at, "ocid"), one.get("ocid")) for at, one in records)
        for at, record in records:
            yield from _record_faults(record, at, document, prefix)
    else:
        yield from _releases_faults(list(objects(document, "releases", ROOT)), document, prefix)


def _extended(document: Any) -> bool:
    """Say whether a package declares extensions; that which adds links to its head is known here."""
    told = document.get("extensions") if isinstance(document, dict) else None
    return isinstance(told, list) and any(PAGINATION not in str(one) for one in told)


def objects(owner: Mapping[str, Any], name: str, pointer: Pointer) -> Iterator[Part]:
    """The objects of a list of an owner, each with its pointer; what is none is told elsewhere."""
    held = owner.get(name)
    for position, one in enumerate(held if isinstance(held, list) else []):
        if isinstance(one, dict):
            yield below(below(pointer, name), position), one


def _head_faults(package: Mapping[str, Any]) -> Faults:
    if "version" in package and package["version"] != VERSION:
        yield fault(
            below(ROOT, "version"), _("This check knows the version 1.1."), value=package["version"],
            remedy=_("Write “1.1”; a package of 1.0 can be upgraded."),
        )  # fmt: skip
    links = package.get("links")
    if isinstance(links, dict) and links.get("next") not in (None, "") and links["next"] == package.get("uri"):
        yield fault(
            below(below(ROOT, "links"), "next"), _("The next package is this one."), value=links["next"],
            remedy=_("Lead to the package that follows, or leave it out of the last."),
        )  # fmt: skip


def _record_faults(record: Mapping[str, Any], pointer: Pointer, package: Mapping[str, Any], prefix: str) -> Faults:
    yield from _ocid_faults(record, pointer, prefix)
    releases = [part for part in objects(record, "releases", pointer) if "url" not in part[1]]
    yield from _releases_faults(releases, package, prefix)
    compiled = record.get("compiledRelease")
    whole: list[Part] = [(below(pointer, "compiledRelease"), compiled)] if isinstance(compiled, dict) else []
    for at, release in whole:
        yield from _release_faults(release, at, _awards_of(whole))
        if release.get("tag") != ["compiled"]:
            yield fault(
                below(at, "tag"), _("A compiled release has the tag compiled alone."), value=release.get("tag"),
                remedy=_("Write [“compiled”]."),
            )  # fmt: skip
    for at, release in [*releases, *whole]:
        if release.get("ocid") != record.get("ocid"):
            yield fault(
                below(at, "ocid"), _("This release belongs to another record."), value=release.get("ocid"),
                remedy=_("Put it into the record of its ocid."),
            )  # fmt: skip


def _releases_faults(releases: Sequence[Part], package: Mapping[str, Any], prefix: str) -> Faults:
    """What is wrong with each release, and with them beside each other."""
    yield from _same((below(at, "id"), (one.get("ocid"), one.get("id"))) for at, one in releases)
    awards, published = _awards_of(releases), read_moment(package.get("publishedDate"))
    for at, release in releases:
        yield from _ocid_faults(release, at, prefix)
        yield from _release_faults(release, at, awards)
        written = read_moment(release.get("date"))
        if written and published and written > published:
            yield fault(
                below(at, "date"), _("The release is dated after the package was published."), value=release["date"],
                remedy=_("Let the package be published when its newest release is, or later."),
            )  # fmt: skip
        if "compiled" in _texts(release, "tag"):
            yield fault(
                below(at, "tag"), _("A compiled release does not stand among releases."), value="compiled",
                remedy=_("Give it as the compiledRelease of a record."),
            )  # fmt: skip


def _same(told: Iterable[tuple[Pointer, Any]]) -> Faults:
    """Identifiers that two have."""
    seen: set[str] = set()
    for pointer, value in told:
        key = json.dumps(value, default=str)
        if key in seen:
            yield fault(
                pointer, _("“%(value)s” stands in the package twice."),
                value=str(value[1] if isinstance(value, tuple) else value),
                remedy=_("Give each release an id that no other of its process has."),
            )  # fmt: skip
        seen.add(key)


def _ocid_faults(owner: Mapping[str, Any], pointer: Pointer, prefix: str) -> Faults:
    ocid = owner.get("ocid")
    if not isinstance(ocid, str):
        return
    match = OCID.fullmatch(ocid)
    if match is None or (prefix and match[1] != prefix):
        yield fault(
            below(pointer, "ocid"), _("“%(value)s” does not begin with the publisher's prefix."), value=ocid,
            remedy=_("Begin with %(wanted)s-, then an identifier of the process."), wanted=prefix or "ocds-xxxxxx",
        )  # fmt: skip


def _texts(owner: Mapping[str, Any], name: str) -> list[str]:
    held = owner.get(name)
    return [one for one in held if isinstance(one, str)] if isinstance(held, list) else []


def _awards_of(releases: Sequence[Part]) -> dict[Any, set[str]]:
    """The awards that are told of each process, by its ocid."""
    found: dict[Any, set[str]] = {}
    for at, release in releases:
        ids = {str(award.get("id")) for _at, award in objects(release, "awards", at)}
        found.setdefault(str(release.get("ocid")), set()).update(ids)
    return found


def _release_faults(release: Mapping[str, Any], pointer: Pointer, awards: Mapping[Any, set[str]]) -> Faults:
    yield from _tag_faults(release, pointer)
    yield from _reference_faults(release, pointer)
    yield from _happened_faults(release, pointer)
    own: dict[str, Mapping[str, Any]] = {
        str(award.get("id")): award for _at, award in objects(release, "awards", pointer)
    }
    tender = release.get("tender")
    items = _ids(tender, "items") if isinstance(tender, dict) else set()
    for at, award in objects(release, "awards", pointer):
        yield from _item_faults(award, at, items)
    for at, contract in objects(release, "contracts", pointer):
        yield from _contract_faults(contract, at, own, awards.get(str(release.get("ocid")), set()))


def _tag_faults(release: Mapping[str, Any], pointer: Pointer) -> Faults:
    for position, tag in enumerate(_texts(release, "tag")):
        part = next((part for word, part in PARTS.items() if tag.startswith(word)), None)
        if part is not None and not release.get(part):
            yield fault(
                below(below(pointer, "tag"), position), _("The tag %(value)s stands here, and there is no %(part)s."),
                value=tag, part=part, remedy=_("Give that part, or leave the tag out."),
            )  # fmt: skip


def _references(release: Mapping[str, Any], pointer: Pointer) -> Iterator[tuple[Pointer, Any, str]]:
    """Each reference to a party: its pointer, the reference, and the role in which it is named."""
    tender = release.get("tender")
    owners: list[tuple[Pointer, Any, str, str]] = [(pointer, release, "buyer", "buyer")]
    if isinstance(tender, dict):
        at = below(pointer, "tender")
        owners.append((at, tender, "procuringEntity", "procuringEntity"))
        yield from ((found, one, "tenderer") for found, one in objects(tender, "tenderers", at))
    for at, award in objects(release, "awards", pointer):
        yield from ((found, one, "supplier") for found, one in objects(award, "suppliers", at))
    for at, contract in objects(release, "contracts", pointer):
        for paid_at, paid in _transactions(contract, at):
            owners += [(paid_at, paid, "payer", "payer"), (paid_at, paid, "payee", "payee")]
    for at, owner, name, role in owners:
        if isinstance(owner.get(name), dict):
            yield below(at, name), owner[name], role


def _transactions(contract: Mapping[str, Any], pointer: Pointer) -> Iterator[Part]:
    done = contract.get("implementation")
    if isinstance(done, dict):
        yield from objects(done, "transactions", below(pointer, "implementation"))


def _reference_faults(release: Mapping[str, Any], pointer: Pointer) -> Faults:
    """References that find no party, find one of another name, or one that has not this role."""
    parties = {str(one.get("id")): one for _at, one in objects(release, "parties", pointer)}
    for at, reference, role in _references(release, pointer):
        known = reference.get("id")
        if known is None:
            continue  # told already
        party = parties.get(str(known))
        if party is None:
            yield fault(
                below(at, "id"), _("No party has the id “%(value)s”."), value=known,
                remedy=_("Put the organisation into parties, with this id."),
            )  # fmt: skip
        elif reference.get("name") is not None and reference["name"] != party.get("name"):
            yield fault(
                below(at, "name"), _("The party with this id is called otherwise."), value=reference["name"],
                remedy=_("Write the name as in parties: %(name)s."), name=str(party.get("name"))[:80],
            )  # fmt: skip
        elif role not in _texts(party, "roles"):
            yield fault(
                at, _("The party “%(value)s” has not the role %(role)s."), value=known, role=role,
                remedy=_("Add the role to the party."),
            )  # fmt: skip


def _happened_faults(release: Mapping[str, Any], pointer: Pointer) -> Faults:
    """What is told as having happened, and is dated after the release."""
    written = read_moment(release.get("date"))
    told: list[tuple[Pointer, Any]] = []
    for at, contract in objects(release, "contracts", pointer):
        told.append((below(at, "dateSigned"), contract.get("dateSigned")))
        told += [(below(paid_at, "date"), paid.get("date")) for paid_at, paid in _transactions(contract, at)]
        told += [(below(met_at, "dateMet"), met.get("dateMet")) for met_at, met in objects(contract, "milestones", at)]
    for at, value in told:
        happened = read_moment(value)
        if written and happened and happened > written:
            yield fault(
                at, _("This happens after the release that tells of it."), value=value,
                remedy=_("Tell of it in a later release, or look at the date again."),
            )  # fmt: skip


def _ids(owner: Mapping[str, Any], name: str) -> set[str]:
    return {str(one.get("id")) for _at, one in objects(owner, name, ROOT)}


def _item_faults(owner: Mapping[str, Any], pointer: Pointer, known: set[str]) -> Faults:
    """Items that were not there before, where what was there is told."""
    for at, item in objects(owner, "items", pointer):
        if known and item.get("id") is not None and str(item["id"]) not in known:
            yield fault(
                below(at, "id"), _("No item before it has the id “%(value)s”."), value=item["id"],
                remedy=_("An item keeps its id from the tender to the award and the contract."),
            )  # fmt: skip


def _contract_faults(
    contract: Mapping[str, Any], pointer: Pointer, own: Mapping[str, Mapping[str, Any]], known: set[str]
) -> Faults:
    told = contract.get("awardID")
    award = own.get(str(told))
    if told is not None and str(told) not in known:
        yield fault(
            below(pointer, "awardID"), _("No award has the id “%(value)s”."), value=told,
            remedy=_("Give the id of an award of this process."),
        )  # fmt: skip
    if award is not None:
        yield from _item_faults(contract, pointer, _ids(award, "items"))
        if contract.get("status") == "active" and award.get("status") in ("cancelled", "unsuccessful"):
            yield fault(
                below(pointer, "status"), _("The contract is active, and its award is %(award)s."), value="active",
                award=award["status"], remedy=_("Cancel the contract too, or look at the award again."),
            )  # fmt: skip
    yield from _paid_faults(contract, pointer)


def _paid_faults(contract: Mapping[str, Any], pointer: Pointer) -> Faults:
    """More is paid than the contract is worth, in its currency."""
    worth = _money(contract.get("value"))
    if worth is None:
        return
    paid = Decimal(0)
    for at, transaction in _transactions(contract, pointer):
        money = _money(transaction.get("value"))
        if money is not None and money[1] == worth[1]:
            paid += money[0]
            if paid > worth[0]:
                yield fault(
                    below(below(at, "value"), "amount"),
                    _("With this %(paid)s are paid, and the contract is worth %(worth)s."),
                    value=transaction["value"]["amount"], paid=paid, worth=worth[0],
                    remedy=_("Look at the amounts again, or amend the value of the contract."),
                )  # fmt: skip
                return


def _money(value: Any) -> tuple[Decimal, Any] | None:
    if not isinstance(value, dict) or not is_number(value.get("amount")):
        return None
    return Decimal(value["amount"]), value.get("currency")
