"""The time that people were there: their own and the office's, and never more than a transfer moved."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

SEEN = (
    "(SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
    " OR (SELECT tianqu_places()) @> place_path OR person_id = (SELECT tianqu_person())"
)
LAWS = f"""
CREATE INDEX occasions_attendance_number ON occasions_attendance (number);
ALTER TABLE occasions_attendance
    ADD CONSTRAINT occasions_attendance_whole CHECK (
        (minutes IS NULL) = (transfer_id IS NULL) AND (minutes IS NULL) = (voucher IS NULL)
        AND (minutes IS NULL) = (book = '') AND (minutes IS NULL OR minutes > 0));
-- Minutes are what a transfer moved, and cannot be typed in.
CREATE FUNCTION occasions_attendance_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id AND NOT l.held
        WHERE t.id = NEW.transfer_id AND t.number = NEW.voucher AND t.reference = 'booking:' || NEW.booking_id
            AND l.amount = NEW.minutes)
        OR NOT EXISTS (SELECT FROM occasions_booking b WHERE b.id = NEW.booking_id AND b.out_at > b.in_at) THEN
        RAISE EXCEPTION 'tianqu: no transfer booked these hours' USING ERRCODE = 'integrity_constraint_violation',
            CONSTRAINT = 'occasions_attendance_booked', HINT = 'Confirm the hours; they are booked with it.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER occasions_attendance_booked
    BEFORE INSERT OR UPDATE OF minutes, transfer_id, voucher ON occasions_attendance
    FOR EACH ROW WHEN (NEW.minutes IS NOT NULL) EXECUTE FUNCTION occasions_attendance_booked();
-- What was booked stays as it was booked.
CREATE TRIGGER occasions_attendance_kept BEFORE UPDATE ON occasions_attendance FOR EACH ROW
    WHEN ((OLD.booking_id, OLD.number) IS DISTINCT FROM (NEW.booking_id, NEW.number)
        OR (OLD.minutes IS NOT NULL AND (OLD.minutes, OLD.transfer_id, OLD.book, OLD.voucher)
            IS DISTINCT FROM (NEW.minutes, NEW.transfer_id, NEW.book, NEW.voucher)))
    EXECUTE FUNCTION journal_refuse();
ALTER TABLE occasions_attendance ENABLE ROW LEVEL SECURITY;
ALTER TABLE occasions_attendance FORCE ROW LEVEL SECURITY;
CREATE POLICY occasions_see ON occasions_attendance FOR SELECT USING ({SEEN});
CREATE POLICY occasions_add ON occasions_attendance FOR INSERT WITH CHECK ({SEEN});
CREATE POLICY occasions_change ON occasions_attendance FOR UPDATE USING ({SEEN});
CREATE POLICY occasions_drop ON occasions_attendance FOR DELETE USING (false);
"""


class Migration(migrations.Migration):
    dependencies = [("occasions", "0003_photos"), ("ledgers", "0002_laws")]

    operations = [
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                (
                    "booking",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="occasions.booking",
                    ),
                ),
                ("person_id", models.UUIDField(null=True)),
                ("number", models.TextField()),
                ("minutes", models.IntegerField(null=True)),
                ("transfer_id", models.UUIDField(null=True, unique=True)),
                ("book", models.TextField(db_default="")),
                ("voucher", models.BigIntegerField(null=True)),
                ("refused_at", models.DateTimeField(null=True)),
                ("leader_words", models.TextField(db_default="")),
                ("own_words", models.TextField(db_default="")),
            ],
            options={
                "db_table": "occasions_attendance",
                "indexes": [models.Index(fields=["person_id", "-booking"], name="occasions_attendance_person")],
            },
        ),
        migrations.RunSQL(LAWS, "DROP FUNCTION occasions_attendance_booked CASCADE"),
        GuardTable("occasions_attendance"),
    ]
