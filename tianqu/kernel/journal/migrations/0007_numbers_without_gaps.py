"""A number of a book that was taken has its entry when the transaction commits, and none is given back.

Acts take the next number from ``journal_book`` and write their entry under it. Whoever took one by plain SQL and wrote
none left a gap that only the proof of completeness found; whoever set the count back made the next act fail.

It is asked once a transaction for each time a book gives numbers out, at the commit, because an act of several
statements writes its entries last. The index is named by leaving nothing else: a plan made while the journal was short
would be kept for as long as the connection lives.
"""

from django.db import migrations

LAWS = """
CREATE FUNCTION journal_book_whole() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
    before bigint := 0;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.last;
    END IF;
    IF NEW.last <= before OR NEW.last - before <> (SELECT count(*) FROM journal_entry e
            WHERE e.book = NEW.book AND e.book_sequence > before AND e.book_sequence <= NEW.last) THEN
        RAISE EXCEPTION 'tianqu: % has numbers without an entry', NEW.book
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_book_whole',
                HINT = 'Take a number and write its entry in one transaction.';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_book_whole AFTER INSERT OR UPDATE ON journal_book
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_book_whole();
CREATE TRIGGER journal_book_renamed BEFORE UPDATE OF book ON journal_book
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_book_stays BEFORE DELETE ON journal_book
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""
UNDONE = """
DROP TRIGGER journal_book_stays ON journal_book;
DROP TRIGGER journal_book_renamed ON journal_book;
DROP TRIGGER journal_book_whole ON journal_book;
DROP FUNCTION journal_book_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0006_opened_by_itself")]

    operations = [migrations.RunSQL(LAWS, UNDONE)]
