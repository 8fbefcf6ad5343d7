"""Bringing a realm's files into the database by acts: places, units, calendar, items, rules, charts, templates."""

from __future__ import annotations

import tomllib

import yaml

from tianqu.base.errors import NotFound
from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.ledgers.api import publish_charts
from tianqu.kernel.orders.api import (
    answer_templates,
    load_items,
    publish_calendar,
    publish_items,
    publish_rules,
    read_rules,
    realm_calendar,
    save_template,
)
from tianqu.kernel.places.api import Place
from tianqu.project.realms import Progress, Realm, load_realm, read_realm


def prepare_realm(code: str, progress: Progress | None = None) -> Realm:
    """See that a realm's places, units, calendar, items and rules are there; nothing is loaded twice."""
    realm = read_realm(code)
    if not Place.objects.filter(code=realm.root).exists():
        load_realm(code, progress)
    publish_realm(realm)
    return realm


def publish_realm(realm: Realm) -> None:
    """Publish a realm's calendar, unless one is in force already, its items, dispatch rules and charts of accounts."""
    try:
        realm_calendar()
    except NotFound:
        content = tomllib.loads((realm.path / realm.calendar).read_text(encoding="utf-8"))
        publish_calendar(SYSTEM, content=content)
    publish_items(SYSTEM, definitions=load_items(realm.path / "items"))
    rules = realm.path / "rules.csv"
    if rules.exists():
        publish_rules(SYSTEM, rules=read_rules(rules))
    publish_charts(realm.path / "ledgers")
    _save_templates(realm)


def _save_templates(realm: Realm) -> None:
    """Keep the realm's answer templates, in its own language, for every unit; those that are there stay as they are."""
    path = realm.path / "templates.yaml"
    if not path.exists():
        return
    language = "en" if realm.language.startswith("en") else "zh"
    here = {(template.title, template.item_code) for template in answer_templates(SYSTEM)}
    for said in yaml.safe_load(path.read_text(encoding="utf-8")):
        title, text = said["title"][language], said["text"][language]
        for item_code in said["items"] or [""]:
            if (title, item_code) not in here:
                save_template(SYSTEM, title=title, text=text, item_code=item_code)
