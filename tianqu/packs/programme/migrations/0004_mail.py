"""Subscribers to mail: seen by the worker, and one of them by whoever holds a link from a mail."""

from django.db import migrations, models

from tianqu.kernel.journal.api import AppendOnly, GuardTable

OPENED = "id = ANY (coalesce(nullif(current_setting('tianqu.opened', true), ''), '{}')::uuid[])"
SEEN = f"(SELECT tianqu_everything()) OR {OPENED}"
WALL = f"""
ALTER TABLE programme_subscriber ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_subscriber FORCE ROW LEVEL SECURITY;
CREATE POLICY programme_see ON programme_subscriber FOR SELECT USING ({SEEN});
CREATE POLICY programme_add ON programme_subscriber FOR INSERT WITH CHECK (confirmed_at IS NULL);
CREATE POLICY programme_change ON programme_subscriber FOR UPDATE USING ({SEEN});
CREATE POLICY programme_drop ON programme_subscriber FOR DELETE USING ({SEEN});
ALTER TABLE programme_mailed ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_mailed FORCE ROW LEVEL SECURITY;
CREATE POLICY programme_mailed ON programme_mailed
    USING ((SELECT tianqu_everything())) WITH CHECK ((SELECT tianqu_everything()));
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0003_signing")]

    operations = [
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("address", models.TextField()),
                ("language", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "programme_subscriber"},
        ),
        migrations.CreateModel(
            name="Mailed",
            fields=[
                ("edition_id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("count", models.IntegerField()),
            ],
            options={"db_table": "programme_mailed"},
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
        GuardTable("programme_subscriber"),
        GuardTable("programme_mailed"),
        AppendOnly("programme_mailed"),
    ]
