"""Every act has a name of its own for people, in both languages."""

from __future__ import annotations

from django.utils import translation

from tianqu.kernel.journal.api import registered_acts
from tianqu.web.layout.acts import DEEDS, deed_name


def test_every_act_has_a_name() -> None:
    """The acts of tests apart, which are registered in the same place."""
    ours = {name for name, act in registered_acts().items() if act.perform.__module__.startswith("tianqu.")}
    assert len(ours) > 50
    assert ours <= set(DEEDS)


def test_names_are_in_the_language_of_the_page() -> None:
    with translation.override("en"):
        assert deed_name("orders.accept") == "Accept a request"
    with translation.override("zh-hans"):
        assert deed_name("orders.accept") == "签收诉求"
        assert deed_name("sealed") == "保密"


def test_act_of_a_pack_without_a_name_is_called_by_its_code() -> None:
    assert deed_name("trees.plant") == "trees.plant"
