"""Up to which version of each dataset its figures were computed by themselves."""

from __future__ import annotations

from django.db import migrations, models

from tianqu.kernel.journal.api import GuardTable


class Migration(migrations.Migration):
    dependencies = [("figures", "0003_relations"), ("journal", "0002_log_check")]

    operations = [
        migrations.CreateModel(
            name="FollowedVersion",
            fields=[
                ("dataset", models.TextField(primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("followed_at", models.DateTimeField()),
            ],
            options={"db_table": "figures_followed"},
        ),
        GuardTable("figures_followed"),
        migrations.RunSQL(
            "CREATE TRIGGER figures_followed_stays BEFORE DELETE ON figures_followed"
            " FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();",
            migrations.RunSQL.noop,
        ),
    ]
