"""Names may be emptied in decided findings and in rolls: the digests of what was sent, and single lines of a roll."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly

# A finding that is decided may lose the digest of what was sent, for the name may be in it.
FINDING = """
CREATE OR REPLACE FUNCTION village_finding_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['rectify_by', 'answered_on', 'answered_unit_id', 'answered_person_id', 'closed_on',
        'closed_unit_id', 'closed_person_id', 'upheld'{digest}];
BEGIN
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving{emptied} THEN
        PERFORM village_refuse('village_finding_kept', 'a finding stays what it was opened as', 'Open another one.');
    END IF;
    RETURN NEW;
END $$;
"""
EMPTIED = """
        OR (NEW.digest <> OLD.digest AND (NEW.digest <> '' OR NEW.upheld IS NULL))"""

ROLL = r"""
-- Lines of a roll may be emptied, and how many they are stays.
CREATE FUNCTION village_roll_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[] := ARRAY['names', 'digest'];
    kept text[] := string_to_array(NEW.names, E'\n');
    was text[] := string_to_array(OLD.names, E'\n');
BEGIN
    IF to_jsonb(NEW) - words <> to_jsonb(OLD) - words OR (NEW.digest <> OLD.digest AND NEW.digest <> '')
        OR (NEW.names <> '' AND (cardinality(kept) <> cardinality(was)
            OR EXISTS (SELECT FROM unnest(kept, was) line(now, before) WHERE now NOT IN ('', before)))) THEN
        PERFORM village_refuse('village_roll_kept', 'lines of a roll may be emptied, not changed', 'Enter another roll.');
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER journal_keep_row ON village_roll;
CREATE TRIGGER village_roll_kept BEFORE UPDATE ON village_roll FOR EACH ROW EXECUTE FUNCTION village_roll_kept();
"""
ROLL_BEFORE = """
DROP TRIGGER village_roll_kept ON village_roll;
DROP FUNCTION village_roll_kept();
CREATE TRIGGER journal_keep_row BEFORE UPDATE ON village_roll
    FOR EACH ROW EXECUTE FUNCTION journal_keep_row('names');
"""
SAID = ("village_finding_answer", "village_finding_comment")
FREED = "".join(f"DROP TRIGGER journal_append_only ON {table};\n" for table in SAID)
HELD = "".join(
    f"CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();\n"
    for table in SAID
)


class Migration(migrations.Migration):
    dependencies = [("village", "0022_contract_receipts"), ("journal", "0005_emptied_bytes")]

    operations = [
        migrations.RunSQL(FINDING.format(digest=", 'digest'", emptied=EMPTIED), FINDING.format(digest="", emptied="")),
        migrations.RunSQL(ROLL, ROLL_BEFORE),
        migrations.RunSQL(FREED, HELD),
        *[AppendOnly(table, erasable=("digest",)) for table in SAID],
    ]
