"""Publishing items: a new version closes the old one on its day; what has not changed is not published again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tianqu.base.errors import Conflict, _
from tianqu.kernel.journal.api import Acting, Actor, act
from tianqu.kernel.orders.catalogue import forget_catalogue
from tianqu.kernel.orders.items import ItemDefinition, definition_from
from tianqu.kernel.orders.models import Item
from tianqu.kernel.places.api import require_realm

LOCK = "orders_item"


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: versions added, versions ended on their day, and definitions that were there already."""

    added: int
    ended: int
    unchanged: int


def publish_item(actor: Actor, *, definition: ItemDefinition) -> Published:
    """Publish one version of an item; see ``publish_items``."""
    return publish_items(actor, definitions=[definition])


def publish_items(actor: Actor, *, definitions: Iterable[ItemDefinition]) -> Published:
    """Publish versions of items, all or none. What is published already is left alone, so it is safe to run again.

    A version that ends (``valid_to``) is ended if it was open. Raises ``Conflict`` for a version dated on or before one
    that is published with other content: what held then is not rewritten.
    """
    wanted = sorted(definitions, key=lambda each: (each.code, each.valid_from))
    changes = _changes(wanted)
    if not changes:
        return Published(0, 0, len(wanted))
    added, ended = _publish(actor, definitions=[definition for definition, _version in changes])
    forget_catalogue()
    return Published(added, ended, len(wanted) - len(changes))


@dataclass(frozen=True, slots=True)
class Planned:
    """What publishing would do with one definition: new, version (a next one), ends, or unchanged."""

    definition: ItemDefinition
    before: ItemDefinition | None  # the version that it follows or ends
    change: str


def planned_items(actor: Actor, *, definitions: Iterable[ItemDefinition]) -> list[Planned]:
    """Say what ``publish_items`` would do with these definitions, without doing it. Raises as it does."""
    require_realm(actor, "items.publish")
    wanted = sorted(definitions, key=lambda each: (each.code, each.valid_from))
    changes = {id(definition): version for definition, version in _changes(wanted)}
    planned: list[Planned] = []
    for definition in wanted:
        earlier = [one.definition for one in planned if one.definition.code == definition.code]
        before = earlier[-1] if earlier else _before(definition)
        ends = changes.get(id(definition))
        change = "ends" if ends is not None else "version" if before is not None else "new"
        planned.append(Planned(definition, before, change if id(definition) in changes else "unchanged"))
    return planned


def _before(definition: ItemDefinition) -> ItemDefinition | None:
    """The published version that a definition follows, or is."""
    row = Item.objects.filter(code=definition.code, valid_from__lte=definition.valid_from).order_by("-version").first()
    if row is None:
        return None
    return definition_from(row.definition, valid_from=row.valid_from, valid_to=row.valid_to)


def _may_publish(acting: Acting, /, **arguments: Any) -> None:
    require_realm(acting.actor, "items.publish")


@act("items.publish", may=_may_publish)
def _publish(acting: Acting, *, definitions: list[ItemDefinition]) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [LOCK])
    added = ended = 0
    changes = _changes(definitions)
    if len(changes) != len(definitions):
        raise Conflict(_("Somebody else has just published these items."), field="items")
    for definition, version in changes:
        if version is None:
            _add(acting, definition)
            added += 1
        else:
            Item.objects.filter(pk=version.pk).update(valid_to=definition.valid_to)
            ended += 1
        acting.record(
            f"item:{definition.code}",
            after={
                **definition.as_json(),
                "digest": definition.digest,
                "valid_from": definition.valid_from,
                "valid_to": definition.valid_to,
            },
        )
    return added, ended


def _add(acting: Acting, definition: ItemDefinition) -> None:
    versions = Item.objects.filter(code=definition.code)
    newest = versions.order_by("-version").first()
    versions.filter(valid_to__isnull=True).update(valid_to=definition.valid_from)
    Item.objects.create(
        code=definition.code,
        version=newest.version + 1 if newest else 1,
        valid_from=definition.valid_from,
        valid_to=definition.valid_to,
        family=definition.family,
        title=definition.name.zh,
        title_en=definition.name.en,
        definition=definition.as_json(),
        digest=definition.digest,
        published_at=acting.now,
    )


def _changes(definitions: list[ItemDefinition]) -> list[tuple[ItemDefinition, Item | None]]:
    """What is to be done: each new definition with None, each one that now ends with the version that it ends."""
    codes = {definition.code for definition in definitions}
    published: dict[str, list[Item]] = {}
    for item in Item.objects.filter(code__in=codes).defer("definition").order_by("code", "version"):
        published.setdefault(item.code, []).append(item)
    changes: list[tuple[ItemDefinition, Item | None]] = []
    for definition in definitions:
        versions = published.get(definition.code, [])
        if (same := _same(versions, definition)) is None:
            _check_order(definition, versions)
            changes.append((definition, None))
        elif definition.valid_to is not None and same.valid_to is None:
            changes.append((definition, same))
    return changes


def _same(versions: list[Item], definition: ItemDefinition) -> Item | None:
    """The published version with this content: of the same day, or the newest, which still holds on that day."""
    for version in versions:
        if version.digest != definition.digest:
            continue
        goes_on = version is versions[-1] and version.valid_from < definition.valid_from
        if version.valid_from == definition.valid_from or (
            goes_on and (version.valid_to is None or definition.valid_from < version.valid_to)
        ):
            return version
    return None


def _check_order(definition: ItemDefinition, versions: list[Item]) -> None:
    for version in versions:
        if definition.valid_from <= version.valid_from:
            raise Conflict(
                _("Version %(version)s of %(value)s holds since %(day)s with other content; it is not rewritten."),
                field="valid_from", value=definition.code, version=version.version,
                day=version.valid_from.isoformat(), remedy=_("Publish the change with a later first day."),
            )  # fmt: skip
