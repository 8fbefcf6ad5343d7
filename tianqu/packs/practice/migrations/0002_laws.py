"""The laws of civic practice: what is public, what is a volunteer's own, and what a station's office sees of it."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
OWN = "person_id = (SELECT tianqu_person())"
TAKES_PART = (
    "EXISTS (SELECT FROM practice_participation p WHERE p.person_id = practice_volunteer.person_id AND"
    " (p.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> p.place_path))"
)
CHECKS = """
CREATE INDEX practice_station_place ON practice_station USING gist (place_path);
CREATE INDEX practice_activity_place ON practice_activity USING gist (place_path);
ALTER TABLE practice_activity
    ADD CONSTRAINT practice_activity_times CHECK (starts_at < ends_at),
    ADD CONSTRAINT practice_activity_places CHECK (places > 0 AND going BETWEEN 0 AND places AND waiting >= 0);
ALTER TABLE practice_participation
    ADD CONSTRAINT practice_participation_order CHECK (in_at <= out_at),
    ADD CONSTRAINT practice_participation_booked CHECK (
        (minutes IS NULL) = (transfer_id IS NULL) AND (minutes IS NULL) = (voucher IS NULL)
        AND (minutes IS NULL OR (minutes > 0 AND in_at IS NOT NULL AND out_at IS NOT NULL)));
-- Hours are what a transfer moved, and cannot be typed in.
CREATE FUNCTION practice_hours_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id AND NOT l.held
        WHERE t.id = NEW.transfer_id AND t.number = NEW.voucher AND t.reference = 'participation:' || NEW.id
            AND l.amount = NEW.minutes) THEN
        RAISE EXCEPTION 'tianqu: no transfer booked these hours' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'practice_hours_booked', HINT = 'Confirm the hours; they are booked with it.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER practice_hours_booked BEFORE INSERT OR UPDATE OF minutes, transfer_id, voucher ON practice_participation
    FOR EACH ROW WHEN (NEW.minutes IS NOT NULL) EXECUTE FUNCTION practice_hours_booked();
-- What was booked stays as it was booked.
CREATE TRIGGER practice_booked_kept BEFORE UPDATE ON practice_participation FOR EACH ROW
    WHEN (OLD.minutes IS NOT NULL AND (OLD.minutes, OLD.transfer_id, OLD.voucher, OLD.in_at, OLD.out_at)
        IS DISTINCT FROM (NEW.minutes, NEW.transfer_id, NEW.voucher, NEW.in_at, NEW.out_at))
    EXECUTE FUNCTION journal_refuse();
"""


def wall(table: str, *, seen: str, added: str, changed: str, dropped: str = "false") -> str:
    return f"""
ALTER TABLE practice_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE practice_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY practice_see ON practice_{table} FOR SELECT USING ({seen});
CREATE POLICY practice_add ON practice_{table} FOR INSERT WITH CHECK ({added});
CREATE POLICY practice_change ON practice_{table} FOR UPDATE USING ({changed});
CREATE POLICY practice_drop ON practice_{table} FOR DELETE USING ({dropped});
"""


BOTH, HERS = f"{OFFICE} OR {OWN}", f"{EVERYTHING} OR {OWN}"
WALLS = "".join(
    [
        wall("station", seen="true", added=OFFICE, changed=OFFICE),
        wall("team", seen="true", added=OFFICE, changed=OFFICE),
        wall("activity", seen="true", added=OFFICE, changed=OFFICE),
        wall("volunteer", seen=f"{BOTH} OR {TAKES_PART}", added=HERS, changed=BOTH, dropped=HERS),
        wall("membership", seen=BOTH, added=HERS, changed=HERS, dropped=HERS),
        wall("participation", seen=BOTH, added=HERS, changed=BOTH),
    ]
)
TABLES = ("station", "team", "volunteer", "membership", "activity", "participation")


class Migration(migrations.Migration):
    dependencies = [("practice", "0001_initial"), ("places", "0001_initial"), ("ledgers", "0002_laws")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, "DROP FUNCTION practice_hours_booked CASCADE"),
        *[GuardTable(f"practice_{table}") for table in TABLES],
    ]
