"""Information systems, which everybody sees, and what they feed, which is seen by whoever may see the dataset."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
KNOWN = "EXISTS (SELECT FROM datasets_dataset d WHERE d.id = dataset_id)"  # as the walls of datasets let one see
LAWS = f"""
ALTER TABLE opendata_system
    ADD CONSTRAINT opendata_system_days CHECK (since <= cloud_since AND since <= until AND cloud_since <= until);
ALTER TABLE opendata_system ENABLE ROW LEVEL SECURITY;
ALTER TABLE opendata_system FORCE ROW LEVEL SECURITY;
CREATE POLICY opendata_see ON opendata_system FOR SELECT USING (true);
CREATE POLICY opendata_add ON opendata_system FOR INSERT WITH CHECK ({OFFICE});
CREATE POLICY opendata_change ON opendata_system FOR UPDATE USING ({OFFICE});
CREATE TRIGGER opendata_system_stays BEFORE DELETE ON opendata_system
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
ALTER TABLE opendata_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE opendata_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY opendata_see ON opendata_feed FOR SELECT USING ({EVERYTHING} OR {KNOWN});
CREATE POLICY opendata_add ON opendata_feed FOR INSERT WITH CHECK ({EVERYTHING});
CREATE POLICY opendata_drop ON opendata_feed FOR DELETE USING ({EVERYTHING});
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("places", "0001_initial"), ("datasets", "0002_laws")]

    operations = [
        migrations.CreateModel(
            name="System",
            fields=[
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("name", models.TextField()),
                ("name_en", models.TextField()),
                ("since", models.DateField()),
                ("cloud_since", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                (
                    "domains",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "opendata_system",
                "indexes": [models.Index(fields=["unit_id"], name="opendata_system_unit")],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("dataset_id", models.UUIDField()),
                (
                    "system",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="feeds", to="opendata.system"
                    ),
                ),
            ],
            options={
                "db_table": "opendata_feed",
                "indexes": [models.Index(fields=["dataset_id"], name="opendata_feed_dataset")],
                "constraints": [
                    models.UniqueConstraint(fields=("system", "dataset_id"), name="opendata_feed_once"),
                ],
            },
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("opendata_system"),
        GuardTable("opendata_feed"),
    ]
