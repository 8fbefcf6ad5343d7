"""The laws of fixed assets, funds, claims and debts, and their wall."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE village_holding
    ADD CONSTRAINT village_holding_kind CHECK (kind IN ('asset', 'fund', 'claim', 'debt'));
ALTER TABLE village_holding_version
    ADD CONSTRAINT village_holding_days CHECK (valid_to IS NULL OR valid_to >= valid_from),
    ADD CONSTRAINT village_holding_closed CHECK ((valid_to IS NULL) = (closed_by IS NULL)),
    ADD CONSTRAINT village_holding_amounts CHECK (amount_fen >= 0 AND settled_fen BETWEEN 0 AND amount_fen),
    ADD CONSTRAINT village_holding_apart
        EXCLUDE USING gist (holding_id WITH =, daterange(valid_from, valid_to) WITH &&);
CREATE INDEX village_holding_place ON village_holding USING gist (place_path);
CREATE INDEX village_holding_now ON village_holding_version (holding_id) WHERE valid_to IS NULL;

-- A version is closed once; all else of it stays as it was written.
CREATE FUNCTION village_holding_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_by IS NOT NULL
        OR to_jsonb(NEW) - 'valid_to' - 'closed_by' - 'close_digest' - 'close_reason'
            <> to_jsonb(OLD) - 'valid_to' - 'closed_by' - 'close_digest' - 'close_reason' THEN
        PERFORM village_refuse('village_holding_kept', 'what a holding was stays written', 'Correct it by a change.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_holding_kept BEFORE UPDATE ON village_holding_version
    FOR EACH ROW EXECUTE FUNCTION village_holding_kept();
CREATE TRIGGER village_holding_stays BEFORE DELETE ON village_holding_version
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

CREATE OR REPLACE FUNCTION village_known(given uuid) RETURNS TABLE (digest bytea, place_id uuid) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    -- One change may close a version and open the next; it has one digest.
    RETURN QUERY SELECT x.digest, x.place_id FROM village_land_change x WHERE x.id = given
        UNION SELECT y.digest, y.place_id FROM village_contract y WHERE y.id = given
        UNION SELECT v.digest, h.place_id FROM village_holding_version v JOIN village_holding h ON h.id = v.holding_id
            WHERE v.change_id = given
        UNION SELECT v.close_digest, h.place_id FROM village_holding_version v
            JOIN village_holding h ON h.id = v.holding_id WHERE v.closed_by = given;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
CREATE INDEX village_holding_closer ON village_holding_version (closed_by) WHERE closed_by IS NOT NULL;
"""


def wall(table: str) -> str:
    """Rows of a table are seen and touched where their village is within the connection's sight, and nowhere else."""
    seen = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
    return f"""
ALTER TABLE village_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_{table} USING ({seen}) WITH CHECK ({seen});
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0003_holdings")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        migrations.RunSQL("".join(wall(table) for table in ("holding", "holding_version")), migrations.RunSQL.noop),
        GuardTable("village_holding"),
        GuardTable("village_holding_version"),
        AppendOnly("village_holding"),
    ]
