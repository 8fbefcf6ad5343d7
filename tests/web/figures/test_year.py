"""The relations of the year 2020 as the realm declares them: all can be read, and each names what is known of it."""

from __future__ import annotations

import yaml

from tianqu.kernel.figures.api import read_relations
from tianqu.project.realms import realm_path


def test_every_relation_of_the_realm_can_be_read() -> None:
    path = realm_path("dezhou") / "figures-2020.yaml"
    relations = read_relations(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert len(relations) >= 35 and len({each.code for each in relations}) == len(relations)
    (platforms,) = [each for each in relations if each.code == "science.platforms.of-all"]
    assert platforms.figures == ("science.platforms", "science.firms.all", "science.platforms.share")
    assert {each["id"] for each in platforms.quantities} >= {"science.firms.all"}
