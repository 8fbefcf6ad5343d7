"""The laws of the papers of vouchers, and their wall."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE village_voucher_paper
    ADD CONSTRAINT village_voucher_paper_size CHECK (size >= 0 AND media_type <> '');

-- A paper is of a voucher of its own village's book.
CREATE FUNCTION village_paper_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id
            WHERE t.id = NEW.transfer_id AND b.place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_paper_at_home', 'a paper is of a voucher of its place', 'Name that voucher.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_paper_at_home BEFORE INSERT ON village_voucher_paper
    FOR EACH ROW EXECUTE FUNCTION village_paper_at_home();

-- Seen and touched where their place is within the connection's sight, or with the book by the unit that keeps it.
ALTER TABLE village_voucher_paper ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_voucher_paper FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_voucher_paper
    USING ((SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path
        OR EXISTS (SELECT FROM ledgers_transfer t WHERE t.id = village_voucher_paper.transfer_id))
    WITH CHECK ((SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path
        OR EXISTS (SELECT FROM ledgers_transfer t WHERE t.id = village_voucher_paper.transfer_id));
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0015_keeping"), ("ledgers", "0005_planned_once")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("village_voucher_paper"),
        AppendOnly("village_voucher_paper", erasable=("name",)),
    ]
