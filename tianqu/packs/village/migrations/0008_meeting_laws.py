"""The laws of matters, their steps, who attested them and the rolls of who is entitled; and their wall."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE village_matter
    ADD CONSTRAINT village_matter_kind
        CHECK (kind IN ('contract', 'land_contracting', 'homestead', 'asset', 'project', 'other')),
    ADD CONSTRAINT village_matter_cadence CHECK (cadence IN ('quarterly', 'monthly', 'at_once')),
    ADD CONSTRAINT village_matter_next CHECK (next_step IN
        ('', 'propose', 'discuss', 'deliberate', 'resolve', 'disclose_resolution', 'disclose_result'));
ALTER TABLE village_step
    ADD CONSTRAINT village_step_body CHECK ((step, body) IN (('propose', 'branch'), ('discuss', 'committees'),
        ('deliberate', 'party_members'), ('resolve', 'members'), ('resolve', 'representatives'),
        ('disclose_resolution', ''), ('disclose_result', ''))),
    ADD CONSTRAINT village_step_votes CHECK (CASE WHEN body = '' THEN num_nonnulls(entitled, present, agreed) = 0
        ELSE num_nulls(entitled, present, agreed) = 0 AND 0 <= agreed AND agreed <= present AND present <= entitled
            AND entitled >= 1 END),
    ADD CONSTRAINT village_step_notice CHECK (notice_on IS NULL OR (body <> '' AND notice_on <= day)),
    ADD CONSTRAINT village_step_result CHECK (result_on IS NULL OR (step = 'disclose_result' AND result_on <= day)),
    ADD CONSTRAINT village_step_way
        CHECK (way IN ('', 'board', 'broadcast', 'message', 'visit', 'letter', 'website', 'other')),
    ADD CONSTRAINT village_step_struck CHECK (struck_at IS NOT NULL OR (struck_by IS NULL AND strike_reason = ''));
ALTER TABLE village_roll
    ADD CONSTRAINT village_roll_body
        CHECK (body IN ('branch', 'committees', 'party_members', 'members', 'representatives')),
    ADD CONSTRAINT village_roll_count CHECK (count BETWEEN 1 AND 5000);
CREATE INDEX village_matter_place ON village_matter USING gist (place_path);
CREATE INDEX village_matter_listed ON village_matter (number, id);

-- A matter keeps its village and what it was entered as; one that was withdrawn stays so.
CREATE FUNCTION village_matter_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.place_id, NEW.digest, NEW.entered_at) <> (OLD.id, OLD.place_id, OLD.digest, OLD.entered_at)
        OR NEW.version < OLD.version OR OLD.withdrawn_at <> NEW.withdrawn_at
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL) THEN
        PERFORM village_refuse('village_matter_kept', 'a matter keeps its village, and one withdrawn stays withdrawn',
            'Open another matter.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_matter_kept BEFORE UPDATE ON village_matter
    FOR EACH ROW EXECUTE FUNCTION village_matter_kept();
CREATE TRIGGER village_matter_stays BEFORE DELETE ON village_matter
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A step is of its matter's village, and is struck out once; all else of it stays as it was entered.
CREATE FUNCTION village_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM village_matter WHERE id = NEW.matter_id AND place_path = NEW.place_path) THEN
            PERFORM village_refuse('village_step_at_home', 'a step is of its matter''s village', 'Name that matter.');
        END IF;
    ELSIF OLD.struck_at IS NOT NULL
        OR to_jsonb(NEW) - 'struck_at' - 'struck_by' - 'strike_reason'
            <> to_jsonb(OLD) - 'struck_at' - 'struck_by' - 'strike_reason' THEN
        PERFORM village_refuse('village_step_kept', 'what was held stays written', 'Strike it out and enter another.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_step_kept BEFORE INSERT OR UPDATE ON village_step
    FOR EACH ROW EXECUTE FUNCTION village_step_kept();
CREATE TRIGGER village_step_stays BEFORE DELETE ON village_step
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- Who attests a step is another person than who entered it.
CREATE FUNCTION village_attested_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_step s WHERE s.id = NEW.step_id AND s.place_path = NEW.place_path
            AND s.struck_at IS NULL AND s.person_id IS DISTINCT FROM NEW.person_id) THEN
        PERFORM village_refuse('village_attested_by_another', 'a step is attested by somebody else than who entered it',
            'Let another person attest it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_attested_by_another BEFORE INSERT ON village_attestation
    FOR EACH ROW EXECUTE FUNCTION village_attested_by_another();

-- A contract takes its resolution from a matter of its own village.
CREATE FUNCTION village_contract_matter_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.matter_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM village_matter WHERE id = NEW.matter_id AND place_id = NEW.place_id) THEN
        PERFORM village_refuse('village_contract_matter_at_home', 'a contract takes its resolution from its own village',
            'Name a matter of the village.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_contract_matter_at_home BEFORE INSERT OR UPDATE OF matter_id ON village_contract
    FOR EACH ROW EXECUTE FUNCTION village_contract_matter_at_home();

-- Whether an identifier that a client gave stands for a matter, a step or a roll already, whosever it is.
CREATE FUNCTION village_meeting_known(given uuid) RETURNS TABLE (digest bytea, place_id uuid) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT m.digest, m.place_id FROM village_matter m WHERE m.id = given
        UNION ALL SELECT s.digest, m.place_id FROM village_step s JOIN village_matter m ON m.id = s.matter_id
            WHERE s.id = given
        UNION ALL SELECT r.digest, r.place_id FROM village_roll r WHERE r.id = given;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

TABLES = ("matter", "step", "attestation", "roll")


def wall(table: str) -> str:
    """Rows of a table are seen and touched where their village is within the connection's sight, and nowhere else."""
    seen = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
    return f"""
ALTER TABLE village_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_{table} USING ({seen}) WITH CHECK ({seen});
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0007_meetings")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        migrations.RunSQL("".join(wall(table) for table in TABLES), migrations.RunSQL.noop),
        *[GuardTable(f"village_{table}") for table in TABLES],
        AppendOnly("village_attestation"),
        AppendOnly("village_roll", erasable=("names",)),
    ]
