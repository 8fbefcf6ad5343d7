"""Ordered services: who went, what both sides say of it, and the indexes by which one need meets many volunteers."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
SEEN = (
    f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
    " OR order_id = ANY ((SELECT orders_mine())::uuid[]) OR order_id = ANY ((SELECT orders_taken())::uuid[])"
)
LAWS = """
CREATE INDEX practice_volunteer_place ON practice_volunteer USING gist (place_path);
CREATE INDEX practice_team_place ON practice_team USING gist (place_path);
CREATE INDEX practice_served_thanks ON practice_served (team_id, shown_at) WHERE shown_at IS NOT NULL;
ALTER TABLE practice_visit ADD CONSTRAINT practice_visit_order CHECK (in_at <= out_at),
    ADD CONSTRAINT practice_visit_booked CHECK ((minutes IS NULL) = (voucher IS NULL));
CREATE TRIGGER practice_visit_kept BEFORE UPDATE ON practice_visit FOR EACH ROW
    WHEN (OLD.minutes IS NOT NULL AND (OLD.minutes, OLD.voucher, OLD.in_at, OLD.out_at)
        IS DISTINCT FROM (NEW.minutes, NEW.voucher, NEW.in_at, NEW.out_at))
    EXECUTE FUNCTION journal_refuse();
"""


def wall(table: str, *, seen: str) -> str:
    """Rows are written by acts with open eyes alone."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY practice_see ON {table} FOR SELECT USING ({seen});
CREATE POLICY practice_add ON {table} FOR INSERT WITH CHECK ({EVERYTHING});
CREATE POLICY practice_change ON {table} FOR UPDATE USING ({EVERYTHING});
"""


WALLS = wall("practice_visit", seen=SEEN) + wall("practice_served", seen=f"shown_at IS NOT NULL OR {SEEN}")
BACK = "DROP INDEX practice_volunteer_place, practice_team_place, practice_served_thanks"
HELD = [("unit_id", models.UUIDField()), ("place_path", tianqu.kernel.places.fields.PathField())]


def team() -> models.ForeignKey:
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="practice.team"
    )


class Migration(migrations.Migration):
    dependencies = [("practice", "0002_laws"), ("orders", "0008_offers_plans")]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                *HELD,
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("order_id", models.UUIDField()),
                ("person_id", models.UUIDField(null=True)),
                ("number", models.TextField()),
                ("in_at", models.DateTimeField(null=True)),
                ("out_at", models.DateTimeField(null=True)),
                ("minutes", models.IntegerField(null=True)),
                ("voucher", models.BigIntegerField(null=True)),
                ("team", team()),
            ],
            options={
                "db_table": "practice_visit",
                "indexes": [models.Index(fields=["person_id"], name="practice_visit_person")],
                "constraints": [models.UniqueConstraint(fields=("order_id", "number"), name="practice_visit_once")],
            },
        ),
        migrations.CreateModel(
            name="Served",
            fields=[
                *HELD,
                ("order_id", models.UUIDField(primary_key=True, serialize=False)),
                ("asker_id", models.UUIDField(null=True)),
                ("respectful", models.BooleanField(null=True)),
                ("as_described", models.BooleanField(null=True)),
                ("words", models.TextField(db_default="")),
                ("rated_at", models.DateTimeField(null=True)),
                ("thanks", models.TextField(db_default="")),
                ("thanked_at", models.DateTimeField(null=True)),
                ("shown_at", models.DateTimeField(null=True)),
                ("team", team()),
            ],
            options={"db_table": "practice_served"},
        ),
        migrations.RunSQL(LAWS + WALLS, BACK),
        GuardTable("practice_visit"),
        GuardTable("practice_served"),
    ]
