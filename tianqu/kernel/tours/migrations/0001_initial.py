"""Plans of tours, seen and changed by their office alone, and the stops of published ones, which everybody sees."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
CHECKS = """
CREATE INDEX tours_tour_office ON tours_tour (unit_id, id DESC);
CREATE INDEX tours_stop_place ON tours_stop USING gist (place_path);
CREATE INDEX tours_stop_time ON tours_stop (starts_at, id);
ALTER TABLE tours_tour
    ADD CONSTRAINT tours_tour_stand CHECK (stand IN ('asked', 'planned', 'carrying', 'published', 'failed')),
    ADD CONSTRAINT tours_tour_done CHECK (done BETWEEN 0 AND 100 AND version >= 1),
    ADD CONSTRAINT tours_tour_published CHECK (stand NOT IN ('carrying', 'published') OR published_at IS NOT NULL),
    ADD CONSTRAINT tours_tour_failed CHECK (stand <> 'failed' OR jsonb_array_length(faults) > 0);
ALTER TABLE tours_stop ADD CONSTRAINT tours_stop_times CHECK (starts_at < ends_at AND version >= 1);
-- A plan stays that of its office and kind; a stop stays that of its visit.
CREATE TRIGGER tours_tour_kept BEFORE UPDATE ON tours_tour FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.unit_id, OLD.asked_at) IS DISTINCT FROM (NEW.id, NEW.kind, NEW.unit_id, NEW.asked_at)
        OR NEW.version < OLD.version)
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER tours_stop_kept BEFORE UPDATE ON tours_stop FOR EACH ROW
    WHEN ((OLD.id, OLD.tour_id, OLD.visit_id, OLD.place_path) IS DISTINCT FROM
        (NEW.id, NEW.tour_id, NEW.visit_id, NEW.place_path) OR NEW.version < OLD.version)
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER tours_tour_stays BEFORE DELETE ON tours_tour FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER tours_stop_stays BEFORE DELETE ON tours_stop FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""


def wall(table: str, *, seen: str) -> str:
    return f"""
ALTER TABLE tours_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE tours_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tours_see ON tours_{table} FOR SELECT USING ({seen});
CREATE POLICY tours_add ON tours_{table} FOR INSERT WITH CHECK ({OFFICE});
CREATE POLICY tours_change ON tours_{table} FOR UPDATE USING ({OFFICE});
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("places", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Tour",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("name", models.TextField()),
                ("stand", models.TextField()),
                ("terms", models.JSONField()),
                ("given", models.JSONField()),
                ("told", models.JSONField()),
                ("shows", models.JSONField()),
                ("unserved", models.JSONField()),
                ("cost", models.JSONField()),
                ("bound", models.BigIntegerField(null=True)),
                ("proved", models.BooleanField(db_default=False)),
                ("outs", models.JSONField()),
                ("moved", models.JSONField()),
                ("done", models.IntegerField(db_default=0)),
                ("faults", models.JSONField()),
                ("person_id", models.UUIDField(null=True)),
                ("post_id", models.UUIDField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("version", models.IntegerField(db_default=1)),
            ],
            options={"db_table": "tours_tour"},
        ),
        migrations.CreateModel(
            name="Stop",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("unit_id", models.UUIDField()),
                ("visit_id", models.TextField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("title", models.TextField()),
                ("title_en", models.TextField()),
                ("carrier", models.TextField()),
                ("carrier_name", models.TextField()),
                ("carrier_name_en", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField()),
                ("version", models.IntegerField(db_default=1)),
                (
                    "tour",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tours.tour"),
                ),
            ],
            options={"db_table": "tours_stop"},
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.UniqueConstraint(fields=("tour", "visit_id"), name="tours_stop_once"),
        ),
        migrations.RunSQL(CHECKS + wall("tour", seen=OFFICE) + wall("stop", seen="true"), migrations.RunSQL.noop),
        *[GuardTable(f"tours_{table}") for table in ("tour", "stop")],
    ]
