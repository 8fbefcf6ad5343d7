"""Theatres and what their shows took in: everybody sees them; takings are booked once, with the transfer that did it."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
LAWS = """
ALTER TABLE culture_theatre
    ADD CONSTRAINT culture_theatre_hall CHECK (cardinality(seats) BETWEEN 1 AND 5000 AND price_fen >= 0);
ALTER TABLE culture_takings
    ADD CONSTRAINT culture_takings_counted CHECK (
        came >= 0 AND price_fen >= 0 AND amount_fen = came::bigint * price_fen
        AND (amount_fen = 0) = (transfer_id IS NULL) AND (transfer_id IS NULL) = (voucher IS NULL));
CREATE TRIGGER culture_takings_stay BEFORE UPDATE OR DELETE ON culture_takings
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- The transfer moves just what the door has counted.
CREATE FUNCTION culture_takings_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    lawful boolean;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT NEW.came = (SELECT count(*) FROM occasions_booking b
                WHERE b.occasion_id = NEW.occasion_id AND b.in_at IS NOT NULL)
            AND (NEW.transfer_id IS NULL OR EXISTS (
                SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id
                WHERE t.id = NEW.transfer_id AND t.reference = 'takings:' || NEW.occasion_id
                    AND l.amount = NEW.amount_fen))
        INTO lawful;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    IF lawful IS NOT TRUE THEN
        PERFORM culture_refuse('culture_takings_moved', 'the takings are not what the door has counted',
            'Go through the acts of culture.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER culture_takings_moved AFTER INSERT ON culture_takings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION culture_takings_moved();
"""


def wall(table: str) -> str:
    return f"""
ALTER TABLE culture_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE culture_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY culture_see ON culture_{table} FOR SELECT USING (true);
CREATE POLICY culture_add ON culture_{table} FOR INSERT WITH CHECK ({OFFICE});
CREATE POLICY culture_change ON culture_{table} FOR UPDATE USING ({OFFICE});
CREATE POLICY culture_drop ON culture_{table} FOR DELETE USING (false);
"""


class Migration(migrations.Migration):
    dependencies = [("culture", "0010_season"), ("occasions", "0002_laws"), ("ledgers", "0007_laws_with_open_eyes")]

    operations = [
        migrations.CreateModel(
            name="Theatre",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("code", models.TextField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("name_en", models.TextField()),
                ("venue", models.TextField()),
                ("venue_en", models.TextField()),
                ("lon", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("lat", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("seats", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ("price_fen", models.IntegerField()),
                ("is_open", models.BooleanField()),
                ("changed_at", models.DateTimeField()),
            ],
            options={"db_table": "culture_theatre"},
        ),
        migrations.CreateModel(
            name="Takings",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("occasion_id", models.UUIDField(primary_key=True, serialize=False)),
                (
                    "theatre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="culture.theatre"
                    ),
                ),
                ("came", models.IntegerField()),
                ("price_fen", models.IntegerField()),
                ("amount_fen", models.BigIntegerField()),
                ("transfer_id", models.UUIDField(null=True, unique=True)),
                ("voucher", models.BigIntegerField(null=True)),
                ("booked_at", models.DateTimeField()),
            ],
            options={
                "db_table": "culture_takings",
                "indexes": [models.Index(fields=["theatre", "booked_at"], name="culture_takings_theatre")],
            },
        ),
        migrations.RunSQL(LAWS + wall("theatre") + wall("takings"), migrations.RunSQL.noop),
        GuardTable("culture_theatre"),
        GuardTable("culture_takings"),
    ]
