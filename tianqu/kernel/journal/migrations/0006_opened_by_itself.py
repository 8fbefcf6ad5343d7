"""An act is opened by the transaction that does it, and by no other.

The guards let a transaction write that has opened an act, and what opened one must have written an entry at its commit.
Opened under the number of a transaction that had written one, and moved to one's own number afterwards, an act was open
without any entry.
"""

from django.db import migrations

LAWS = """
CREATE FUNCTION journal_refuse_opening() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: an act is opened by the transaction that does it'
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Open it by journal_open().';
END $$;
CREATE TRIGGER journal_opened_by_itself AFTER INSERT ON journal_opened FOR EACH ROW
    WHEN (NEW.xid <> pg_current_xact_id()) EXECUTE FUNCTION journal_refuse_opening();
CREATE TRIGGER journal_opened_stays BEFORE UPDATE OR TRUNCATE ON journal_opened
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""
UNDONE = """
DROP TRIGGER journal_opened_stays ON journal_opened;
DROP TRIGGER journal_opened_by_itself ON journal_opened;
DROP FUNCTION journal_refuse_opening();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0005_emptied_bytes")]

    operations = [migrations.RunSQL(LAWS, UNDONE)]
