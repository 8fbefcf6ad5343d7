"""Bytes that may hold personal data, such as the digest of what was sent, may be emptied as texts and objects may."""

from django.db import migrations

KEEP_ROW = r"""
CREATE OR REPLACE FUNCTION journal_keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept jsonb := to_jsonb(NEW);
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF kept -> name NOT IN (%(empty)s) AND kept -> name <> to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION 'tianqu: %%.%% may be emptied, not changed', TG_TABLE_NAME, name
                USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct it with a new act.';
        END IF;
    END LOOP;
    IF kept - TG_ARGV <> to_jsonb(OLD) - TG_ARGV THEN
        RAISE EXCEPTION 'tianqu: %% on %% is refused: what is written stays written', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct it with a new act.';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """'null', '""', '{}', '[]'"""
NOW = BEFORE + r""", '"\\x"'"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0004_entries_asked_first")]

    operations = [migrations.RunSQL(KEEP_ROW % {"empty": NOW}, KEEP_ROW % {"empty": BEFORE})]
