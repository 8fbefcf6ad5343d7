"""Declared relations between figures, and every check of them."""

from __future__ import annotations

from django.db import migrations, models

import tianqu.base.identifiers
from tianqu.kernel.journal.api import AppendOnly, GuardTable


class Migration(migrations.Migration):
    dependencies = [("figures", "0002_laws"), ("journal", "0002_log_check")]

    operations = [
        migrations.CreateModel(
            name="ConsistencyCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("period", models.TextField(db_default="")),
                ("made_at", models.DateTimeField()),
                ("verdict", models.TextField()),
                ("result", models.JSONField()),
            ],
            options={
                "db_table": "figures_check",
                "indexes": [models.Index(fields=["period", "-made_at"], name="figures_check_newest")],
            },
        ),
        migrations.CreateModel(
            name="DeclaredRelation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("code", models.TextField(unique=True)),
                ("figures", models.JSONField()),
                ("content", models.JSONField()),
                ("declared_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "figures_relation",
            },
        ),
        GuardTable("figures_relation"),
        GuardTable("figures_check"),
        AppendOnly("figures_check"),
        migrations.RunSQL(
            "CREATE INDEX figures_relation_figures ON figures_relation USING gin (figures jsonb_path_ops);"
            "CREATE TRIGGER figures_relation_stays BEFORE DELETE ON figures_relation"
            " FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();",
            migrations.RunSQL.noop,
        ),
    ]
