"""Certificates of hours, which are their volunteer's own; what everybody may see of one stands in the journal."""

from importlib import import_module

from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

laws = import_module("tianqu.packs.practice.migrations.0002_laws")
LAWS = """
ALTER TABLE practice_certificate ADD CONSTRAINT practice_certificate_days CHECK (first_day <= last_day AND minutes > 0);
-- What was issued stays as it was issued, apart from being revoked, and emptied with the profile.
CREATE TRIGGER practice_certificate_kept BEFORE UPDATE ON practice_certificate FOR EACH ROW
    WHEN ((OLD.code, OLD.first_day, OLD.last_day, OLD.minutes, OLD.issued_at)
        IS DISTINCT FROM (NEW.code, NEW.first_day, NEW.last_day, NEW.minutes, NEW.issued_at)
        OR NEW.content NOT IN (OLD.content, '') OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL))
    EXECUTE FUNCTION journal_refuse();
"""
WALL = laws.wall("certificate", seen=laws.HERS, added=laws.HERS, changed=laws.HERS)


class Migration(migrations.Migration):
    dependencies = [("practice", "0021_roster_laws")]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("code", models.TextField(unique=True)),
                ("person_id", models.UUIDField(null=True)),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("minutes", models.IntegerField()),
                ("content", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "practice_certificate",
                "indexes": [models.Index(fields=["person_id", "-issued_at"], name="practice_certificate_person")],
            },
        ),
        migrations.RunSQL(LAWS + WALL, migrations.RunSQL.noop),
        GuardTable("practice_certificate"),
    ]
