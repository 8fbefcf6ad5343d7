"""A realm's dispatch rules come with it, fit its units and items, and are loaded once."""

from __future__ import annotations

import pytest

from tianqu.kernel.journal.api import SYSTEM
from tianqu.kernel.orders.api import load_items, publish_rules, published_rules, read_rules
from tianqu.kernel.places.api import unit_for
from tianqu.kernel.places.models import Place
from tianqu.project.realm_content import prepare_realm
from tianqu.project.realms import realm_path

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_the_rules_of_dezhou_are_published_and_find_units() -> None:
    realm = prepare_realm("dezhou")
    rules = read_rules(realm_path("dezhou") / "rules.csv")
    assert {rule.code for rule in published_rules()} == {rule.code for rule in rules}
    assert publish_rules(SYSTEM, rules=rules) == 0
    items = {item.code for item in load_items(realm.path / "items")}
    assert {rule.condition.item for rule in rules} - {""} <= items
    village = Place.objects.filter(kind="village", valid_to=None).order_by("code")[0]
    assert all(unit_for(rule.unit_kind, village) is not None for rule in rules)
