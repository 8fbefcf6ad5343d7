"""The laws of occasions: what is public, what is one's own, what an office sees of it, and what never changes again."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
OWN = "person_id = (SELECT tianqu_person())"
CHECKS = """
CREATE INDEX occasions_occasion_place ON occasions_occasion USING gist (place_path);
ALTER TABLE occasions_occasion
    ADD CONSTRAINT occasions_occasion_times CHECK (starts_at < ends_at AND (opens_at IS NULL OR opens_at < starts_at)),
    ADD CONSTRAINT occasions_occasion_places CHECK (
        places > 0 AND going BETWEEN 0 AND places AND waiting >= 0 AND asked >= going + waiting),
    ADD CONSTRAINT occasions_occasion_seats CHECK (cardinality(seats) IN (0, places)),
    ADD CONSTRAINT occasions_occasion_price CHECK (price_fen >= 0);
ALTER TABLE occasions_booking
    ADD CONSTRAINT occasions_booking_state CHECK (state IN ('going', 'waiting', 'left', 'no_show')),
    ADD CONSTRAINT occasions_booking_placed CHECK (seat IS NULL OR state IN ('going', 'no_show')),
    ADD CONSTRAINT occasions_booking_came CHECK (in_at IS NULL OR state = 'going'),
    ADD CONSTRAINT occasions_booking_order CHECK (in_at <= out_at AND (out_at IS NULL OR in_at IS NOT NULL)),
    ADD CONSTRAINT occasions_booking_turns CHECK (turn > 0 AND serial BETWEEN 0 AND 65535);
-- A seat is one of the hall's: nobody sits where none is, and where there are numbers nobody sits without one.
CREATE FUNCTION occasions_seat_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM occasions_occasion o WHERE o.id = NEW.occasion_id
            AND CASE WHEN NEW.seat IS NULL THEN cardinality(o.seats) = 0 ELSE NEW.seat = ANY (o.seats) END) THEN
        RAISE EXCEPTION 'tianqu: this seat is none of the hall''s' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'occasions_seat_there', HINT = 'Take one of the occasion''s seats.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER occasions_seat_there BEFORE INSERT OR UPDATE OF seat, state ON occasions_booking
    FOR EACH ROW WHEN (NEW.state = 'going') EXECUTE FUNCTION occasions_seat_there();
-- What was checked in or out stays so, and a booking stays that of its occasion, under its number.
CREATE TRIGGER occasions_facts_kept BEFORE UPDATE ON occasions_booking FOR EACH ROW
    WHEN ((OLD.id, OLD.occasion_id, OLD.number) IS DISTINCT FROM (NEW.id, NEW.occasion_id, NEW.number)
        OR (OLD.in_at IS NOT NULL AND (OLD.in_at, OLD.in_id, OLD.in_door) IS DISTINCT FROM (NEW.in_at, NEW.in_id, NEW.in_door))
        OR (OLD.out_at IS NOT NULL AND (OLD.out_at, OLD.out_id) IS DISTINCT FROM (NEW.out_at, NEW.out_id))
        OR (OLD.person_id IS DISTINCT FROM NEW.person_id AND NEW.person_id IS NOT NULL)
        OR NEW.serial < OLD.serial OR NEW.turn < OLD.turn)
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER occasions_bookings_stay BEFORE DELETE ON occasions_booking
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
-- What was called off stays so, and an occasion that of its holder.
CREATE TRIGGER occasions_occasion_kept BEFORE UPDATE ON occasions_occasion FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.subject) IS DISTINCT FROM (NEW.id, NEW.kind, NEW.subject)
        OR (OLD.cancelled_at IS NOT NULL AND OLD.cancelled_at IS DISTINCT FROM NEW.cancelled_at)
        OR (OLD.closed_at IS NOT NULL AND OLD.closed_at IS DISTINCT FROM NEW.closed_at)
        OR NEW.asked < OLD.asked OR NEW.version < OLD.version)
    EXECUTE FUNCTION journal_refuse();
-- Which seats are taken is public; by whom is not.
CREATE FUNCTION occasions_seats_taken(occasion uuid) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    before text := coalesce(current_setting('tianqu.everything', true), '');
    taken text[];
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT array_agg(seat) INTO taken FROM occasions_booking WHERE occasion_id = occasion AND seat IS NOT NULL;
    PERFORM set_config('tianqu.everything', before, true);
    RETURN coalesce(taken, '{}');
END $$;
"""


def wall(table: str, *, seen: str, added: str, changed: str) -> str:
    return f"""
ALTER TABLE occasions_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE occasions_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY occasions_see ON occasions_{table} FOR SELECT USING ({seen});
CREATE POLICY occasions_add ON occasions_{table} FOR INSERT WITH CHECK ({added});
CREATE POLICY occasions_change ON occasions_{table} FOR UPDATE USING ({changed});
CREATE POLICY occasions_drop ON occasions_{table} FOR DELETE USING (false);
"""


WALLS = wall("occasion", seen="true", added=OFFICE, changed=OFFICE) + wall(
    "booking", seen=f"{OFFICE} OR {OWN}", added=EVERYTHING, changed=f"{OFFICE} OR {OWN}"
)
REVERSE = """
DROP FUNCTION occasions_seats_taken;
DROP FUNCTION occasions_seat_there CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("occasions", "0001_initial"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, REVERSE),
        *[GuardTable(f"occasions_{table}") for table in ("occasion", "booking")],
    ]
