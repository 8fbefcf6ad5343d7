"""The guard asks first for the entry of the transaction, by itself.

Acts of one statement, which are the busiest, hold their entry when the guards look; they opened nothing. An act of
several statements has opened itself and is asked a second question.
"""

from django.db import migrations

GUARD = """
CREATE OR REPLACE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM journal_entry WHERE xid = pg_current_xact_id() LIMIT 1;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM journal_opened WHERE xid = pg_current_xact_id();
    IF FOUND THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'tianqu: % on % outside an act', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Write through a function decorated with @act.';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0003_entries_of_their_own_transaction")]

    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
