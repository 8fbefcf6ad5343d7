"""The tables of figures: what each is, by dated definitions, and every value that was ever computed."""

from __future__ import annotations

from typing import Any

from django.db import models

from tianqu.base.identifiers import new_identifier
from tianqu.kernel.places.api import PathField


class Figure(models.Model):
    """A figure with its permanent name. What it is and how it is computed stands in its newest definition."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)  # "trade.total"
    domain = models.TextField()  # of the programme: "open-economy"
    name = models.TextField()
    name_en = models.TextField()
    unit_id = models.UUIDField()  # the office that signs it
    place_path = PathField()  # of that office
    definition = models.IntegerField()  # the number of the newest one
    period = models.TextField(db_default="")  # the newest for which it has a value
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    search = models.TextField(db_default="")  # code and names in small letters

    class Meta:
        db_table = "figures_figure"
        indexes = [models.Index(fields=["domain", "code"], name="figures_domain")]


class Definition(models.Model):
    """One definition of a figure, for ever: formula, unit, step, rounding, direction, note, targets."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="definitions")
    number = models.IntegerField()
    content = models.JSONField()  # see ``definitions.FigureDefinition``
    made_at = models.DateTimeField()
    post_id = models.UUIDField(null=True)

    figure_id: Any

    class Meta:
        db_table = "figures_definition"
        constraints = [models.UniqueConstraint(fields=["figure", "number"], name="figures_definition_once")]


class FigureValue(models.Model):
    """One computation of a figure for a period: its exact value, and the versions of datasets that it was made from.

    The newest of a figure and period counts; older ones stay, for releases that quoted them. ``embargoed_until``
    hides it from everybody but those who prepare its release.
    """

    id = models.UUIDField(primary_key=True, default=new_identifier)
    figure = models.ForeignKey(Figure, on_delete=models.PROTECT, related_name="values")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT)
    period = models.TextField()
    number = models.IntegerField()  # 1, 2, … of the figure and period
    exact = models.TextField()  # "38690000000" or "1187/1000"
    lineage = models.JSONField()  # for each measure: dataset, version, parts' hashes, its own exact value
    journal_index = models.BigIntegerField()  # how many entries of the log it takes in
    computed_at = models.DateTimeField()
    embargoed_until = models.DateTimeField(null=True)

    figure_id: Any
    definition_id: Any

    class Meta:
        db_table = "figures_value"
        constraints = [models.UniqueConstraint(fields=["figure", "period", "number"], name="figures_value_once")]
        indexes = [models.Index(fields=["embargoed_until"], name="figures_embargo")]


class DeclaredRelation(models.Model):
    """A relation between figures, as it is written in a realm's file; ``relations.py`` tells what stands in it."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    code = models.TextField(unique=True)  # "growth:trade.total"
    figures = models.JSONField()  # the codes that it names
    content = models.JSONField()  # the relation, and what is known of the quantities in it that are no figures
    declared_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "figures_relation"


class FollowedVersion(models.Model):
    """Up to which version of a dataset its figures were computed by themselves."""

    dataset = models.TextField(primary_key=True)
    version = models.IntegerField()
    followed_at = models.DateTimeField()

    class Meta:
        db_table = "figures_followed"


class ConsistencyCheck(models.Model):
    """One check of all relations over the values as they were printed and public: verdict and all that led to it."""

    id = models.UUIDField(primary_key=True, default=new_identifier)
    period = models.TextField(db_default="")  # "" for the newest value of each figure
    made_at = models.DateTimeField()
    verdict = models.TextField()
    result = models.JSONField()

    class Meta:
        db_table = "figures_check"
        indexes = [models.Index(fields=["period", "-made_at"], name="figures_check_newest")]
