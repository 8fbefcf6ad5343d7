"""The laws of civic practice: what is public, what is a volunteer's own, and what a station's office sees of it."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
OWN = "person_id = (SELECT tianqu_person())"
TAKES_PART = (
    "EXISTS (SELECT FROM occasions_booking p JOIN occasions_occasion o ON o.id = p.occasion_id AND o.kind = 'practice'"
    " WHERE p.person_id = practice_volunteer.person_id AND"
    " (p.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> p.place_path))"
)
CHECKS = """
CREATE INDEX practice_station_place ON practice_station USING gist (place_path);
ALTER TABLE practice_hours
    ADD CONSTRAINT practice_hours_whole CHECK (
        (minutes IS NULL) = (transfer_id IS NULL) AND (minutes IS NULL) = (voucher IS NULL)
        AND (minutes IS NULL OR minutes > 0));
-- Hours are what a transfer moved, and cannot be typed in.
CREATE FUNCTION practice_hours_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id AND NOT l.held
        WHERE t.id = NEW.transfer_id AND t.number = NEW.voucher AND t.reference = 'booking:' || NEW.booking_id
            AND l.amount = NEW.minutes)
        OR NOT EXISTS (SELECT FROM occasions_booking b WHERE b.id = NEW.booking_id AND b.out_at > b.in_at) THEN
        RAISE EXCEPTION 'tianqu: no transfer booked these hours' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'practice_hours_booked', HINT = 'Confirm the hours; they are booked with it.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER practice_hours_booked BEFORE INSERT OR UPDATE OF minutes, transfer_id, voucher ON practice_hours
    FOR EACH ROW WHEN (NEW.minutes IS NOT NULL) EXECUTE FUNCTION practice_hours_booked();
-- What was booked stays as it was booked.
CREATE TRIGGER practice_booked_kept BEFORE UPDATE ON practice_hours FOR EACH ROW
    WHEN (OLD.minutes IS NOT NULL AND (OLD.minutes, OLD.transfer_id, OLD.voucher, OLD.booking_id)
        IS DISTINCT FROM (NEW.minutes, NEW.transfer_id, NEW.voucher, NEW.booking_id))
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
        wall("volunteer", seen=f"{BOTH} OR {TAKES_PART}", added=HERS, changed=BOTH, dropped=HERS),
        wall("membership", seen=BOTH, added=HERS, changed=HERS, dropped=HERS),
        wall("hours", seen=BOTH, added=BOTH, changed=BOTH),
    ]
)
TABLES = ("station", "team", "volunteer", "membership", "hours")


class Migration(migrations.Migration):
    dependencies = [
        ("practice", "0001_initial"),
        ("places", "0001_initial"),
        ("ledgers", "0002_laws"),
        ("occasions", "0002_laws"),
    ]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, "DROP FUNCTION practice_hours_booked CASCADE"),
        *[GuardTable(f"practice_{table}") for table in TABLES],
    ]
