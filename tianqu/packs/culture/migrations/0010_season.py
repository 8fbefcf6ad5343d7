"""Plans of seasons, seen and changed by their office alone; what they come to is seen in the performances."""

from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
LAWS = f"""
CREATE INDEX culture_season_office ON culture_season (unit_id, id DESC);
ALTER TABLE culture_season
    ADD CONSTRAINT culture_season_stand CHECK (stand IN ('asked', 'planned', 'carrying', 'published', 'failed')),
    ADD CONSTRAINT culture_season_done CHECK (done BETWEEN 0 AND 100 AND version >= 1),
    ADD CONSTRAINT culture_season_published CHECK (stand NOT IN ('carrying', 'published') OR published_at IS NOT NULL),
    ADD CONSTRAINT culture_season_failed CHECK (stand <> 'failed' OR failed <> '');
ALTER TABLE culture_season ENABLE ROW LEVEL SECURITY;
ALTER TABLE culture_season FORCE ROW LEVEL SECURITY;
CREATE POLICY culture_see ON culture_season FOR SELECT USING ({OFFICE});
CREATE POLICY culture_add ON culture_season FOR INSERT WITH CHECK ({OFFICE});
CREATE POLICY culture_change ON culture_season FOR UPDATE USING ({OFFICE});
CREATE TRIGGER culture_season_stays BEFORE DELETE ON culture_season FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("culture", "0002_laws")]

    operations = [
        migrations.CreateModel(
            name="SeasonPlan",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("stand", models.TextField()),
                ("terms", models.JSONField()),
                ("given", models.JSONField()),
                ("contracts", models.JSONField()),
                ("shows", models.JSONField()),
                ("unserved", models.JSONField()),
                ("cost", models.JSONField()),
                ("bound", models.BigIntegerField(null=True)),
                ("proved", models.BooleanField(db_default=False)),
                ("outs", models.JSONField()),
                ("moved", models.JSONField()),
                ("done", models.IntegerField(db_default=0)),
                ("failed", models.TextField(db_default="")),
                ("person_id", models.UUIDField(null=True)),
                ("post_id", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("version", models.IntegerField(db_default=1)),
            ],
            options={"db_table": "culture_season"},
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("culture_season"),
    ]
