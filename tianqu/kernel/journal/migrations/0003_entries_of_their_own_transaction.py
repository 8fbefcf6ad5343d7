"""An entry belongs to the transaction that writes it.

The guards let a transaction write that holds an entry. One written ahead, under the number of a transaction to come,
would let that one write without an entry of its own; one written behind, under an old number, would never get an index.
"""

from django.db import migrations

LAWS = """
CREATE FUNCTION journal_refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: an entry belongs to the transaction that writes it'
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Leave xid to its default.';
END $$;
-- After the row, because a trigger before it would make COPY insert row by row.
CREATE TRIGGER journal_entry_own_transaction AFTER INSERT ON journal_entry FOR EACH ROW
    WHEN (NEW.xid <> pg_current_xact_id()) EXECUTE FUNCTION journal_refuse_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0002_log_check")]

    operations = [migrations.RunSQL(LAWS, migrations.RunSQL.noop)]
