"""Booked time may be taken back by the reversal of its transfer, and by nothing else."""

from django.db import migrations, models

# Minutes are what a transfer moved, and cannot be typed in; nor is one that was taken back theirs again.
BOOKED = """
CREATE OR REPLACE FUNCTION occasions_attendance_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id AND NOT l.held
        WHERE t.id = NEW.transfer_id AND t.number = NEW.voucher AND t.reference = 'booking:' || NEW.booking_id
            AND l.amount = NEW.minutes)
        {once}OR NOT EXISTS (SELECT FROM occasions_booking b WHERE b.id = NEW.booking_id AND b.out_at > b.in_at) THEN
        RAISE EXCEPTION 'tianqu: no transfer booked these hours' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'occasions_attendance_booked', HINT = 'Confirm the hours; they are booked with it.';
    END IF;
    RETURN NEW;
END $$;
"""
ONCE = """OR (OLD.transfer_id IS DISTINCT FROM NEW.transfer_id
            AND EXISTS (SELECT FROM ledgers_transfer WHERE reverses = NEW.transfer_id))
        """
KEPT = """
DROP TRIGGER occasions_attendance_kept ON occasions_attendance;
CREATE TRIGGER occasions_attendance_kept BEFORE UPDATE ON occasions_attendance FOR EACH ROW
    WHEN ((OLD.booking_id, OLD.number) IS DISTINCT FROM (NEW.booking_id, NEW.number)
        OR (OLD.minutes IS NOT NULL{unless} AND (OLD.minutes, OLD.transfer_id, OLD.book, OLD.voucher)
            IS DISTINCT FROM (NEW.minutes, NEW.transfer_id, NEW.book, NEW.voucher)))
    EXECUTE FUNCTION journal_refuse();
"""
REVERSED = """
ALTER TABLE occasions_attendance
    ADD CONSTRAINT occasions_attendance_taken_back CHECK (reversed_at IS NULL OR minutes IS NULL);
CREATE FUNCTION occasions_attendance_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledgers_transfer WHERE reverses = OLD.transfer_id) THEN
        RAISE EXCEPTION 'tianqu: no reversal took these hours back' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'occasions_attendance_reversed', HINT = 'Take the hours back; they are reversed with it.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER occasions_attendance_reversed BEFORE UPDATE OF minutes ON occasions_attendance
    FOR EACH ROW WHEN (OLD.minutes IS NOT NULL AND NEW.minutes IS NULL)
    EXECUTE FUNCTION occasions_attendance_reversed();
"""
UNREVERSED = """
DROP FUNCTION occasions_attendance_reversed CASCADE;
ALTER TABLE occasions_attendance DROP CONSTRAINT occasions_attendance_taken_back;
"""


class Migration(migrations.Migration):
    dependencies = [("occasions", "0005_disputed"), ("ledgers", "0010_laws_in_fewer_statements")]

    operations = [
        migrations.AddField("attendance", "reversed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(
            BOOKED.format(once=ONCE) + KEPT.format(unless=" AND NEW.minutes IS NOT NULL") + REVERSED,
            UNREVERSED + KEPT.format(unless="") + BOOKED.format(once=""),
        ),
    ]
