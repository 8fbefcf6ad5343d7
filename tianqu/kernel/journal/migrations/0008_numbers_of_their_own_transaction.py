"""A number of a book is taken by the very transaction that writes its entry.

An entry that another transaction had written ahead, under a number to come, did for it. Now that a number without an
entry of this transaction is refused at the commit, no guard has to ask at each statement whether there is an act: what
takes a number is one, or is refused. Posting a transfer asked it twice.
"""

from django.db import migrations

# The entries are counted by their numbers, not by their transaction: that index holds all that an import has written.
WHOLE = """
CREATE OR REPLACE FUNCTION journal_book_whole() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp SET enable_seqscan = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    before bigint := 0;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.last;
    END IF;
    IF NEW.last <= before OR NEW.last - before <> (
            SELECT count({counted}) FROM journal_entry e
            WHERE e.book = NEW.book AND e.book_sequence > before AND e.book_sequence <= NEW.last) THEN
        RAISE EXCEPTION 'tianqu: % has numbers without an entry', NEW.book
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'journal_book_whole',
                HINT = 'Take a number and write its entry in one transaction.';
    END IF;
    RETURN NULL;
END $$;
"""
GUARD = """
DROP TRIGGER journal_guard ON journal_book;
CREATE TRIGGER journal_guard AFTER {statements} ON journal_book
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
"""
LAWS = WHOLE.replace("{counted}", "CASE WHEN e.xid = pg_current_xact_id() THEN 1 END") + GUARD.replace(
    "{statements}", "DELETE"
)
LAWS_BEFORE = WHOLE.replace("{counted}", "*") + GUARD.replace("{statements}", "INSERT OR UPDATE OR DELETE")


class Migration(migrations.Migration):
    dependencies = [("journal", "0007_numbers_without_gaps")]

    operations = [migrations.RunSQL(LAWS, LAWS_BEFORE)]
