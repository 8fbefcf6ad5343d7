"""The laws of samples, of what auditors look at and of what is said about it; and their wall."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE village_sample
    ADD CONSTRAINT village_sample_subject CHECK (subject IN ('contract', 'voucher')),
    ADD CONSTRAINT village_sample_days CHECK (first_day <= last_day),
    ADD CONSTRAINT village_sample_count CHECK (count BETWEEN 1 AND 200 AND population >= 1 AND seed <> '');
ALTER TABLE village_review
    ADD CONSTRAINT village_review_thing CHECK (CASE subject WHEN 'contract' THEN contract_id IS NOT NULL
        AND transfer_id IS NULL WHEN 'voucher' THEN transfer_id IS NOT NULL AND contract_id IS NULL ELSE false END),
    ADD CONSTRAINT village_review_state CHECK (state IN ('open', 'asked', 'given', 'closed')),
    ADD CONSTRAINT village_review_asked CHECK ((state = 'asked') = (due_on IS NOT NULL)),
    ADD CONSTRAINT village_review_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL)
        AND (state = 'closed') = (conclusion <> '') AND conclusion IN ('', 'in_order', 'finding')),
    ADD CONSTRAINT village_review_drawn CHECK ((sample_id IS NULL) = (position IS NULL)
        AND (sample_id IS NULL) = (rank = '')),
    ADD CONSTRAINT village_review_position UNIQUE (sample_id, position);
ALTER TABLE village_note
    ADD CONSTRAINT village_note_kind CHECK (kind IN ('comment', 'ask', 'papers', 'close', 'reopen'));
CREATE INDEX village_review_place ON village_review USING gist (place_path);
CREATE INDEX village_sample_place ON village_sample USING gist (place_path);

-- What is looked at stays what it is; whose turn it is alone changes.
CREATE FUNCTION village_review_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := '{state,due_on,conclusion,closed_at,version,changed_at}';
BEGIN
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving OR NEW.version <= OLD.version THEN
        PERFORM village_refuse('village_review_kept', 'what is looked at stays what it is', 'Begin another review.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_review_kept BEFORE UPDATE ON village_review
    FOR EACH ROW EXECUTE FUNCTION village_review_kept();
CREATE TRIGGER village_review_stays BEFORE DELETE ON village_review
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A note is said about a thing of its own village, and a sample holds what lies in its place.
CREATE FUNCTION village_note_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_review WHERE id = NEW.review_id AND place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_note_at_home', 'a note is of its review''s village', 'Name that review.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_note_at_home BEFORE INSERT ON village_note
    FOR EACH ROW EXECUTE FUNCTION village_note_at_home();
CREATE FUNCTION village_review_drawn_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.sample_id IS NOT NULL AND NOT EXISTS (SELECT FROM village_sample s WHERE s.id = NEW.sample_id
            AND s.place_path @> NEW.place_path AND s.subject = NEW.subject) THEN
        PERFORM village_refuse('village_review_drawn_here', 'a sample holds what lies in its place', 'Draw again.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_review_drawn_here BEFORE INSERT ON village_review
    FOR EACH ROW EXECUTE FUNCTION village_review_drawn_here();

-- Whether an identifier that a client gave stands for a sample, a review or a note already, whosever it is.
CREATE FUNCTION village_review_known(given uuid) RETURNS TABLE (digest bytea, place_id uuid) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT s.digest, s.place_id FROM village_sample s WHERE s.id = given
        UNION ALL SELECT r.digest, r.place_id FROM village_review r WHERE r.id = given
        UNION ALL SELECT n.digest, r.place_id FROM village_note n JOIN village_review r ON r.id = n.review_id
            WHERE n.id = given;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

TABLES = ("sample", "review", "note")


def wall(table: str) -> str:
    """Rows of a table are seen and touched where their place is within the connection's sight, and nowhere else."""
    seen = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
    return f"""
ALTER TABLE village_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_{table} USING ({seen}) WITH CHECK ({seen});
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0012_desk")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        migrations.RunSQL("".join(wall(table) for table in TABLES), migrations.RunSQL.noop),
        *[GuardTable(f"village_{table}") for table in TABLES],
        AppendOnly("village_sample"),
        AppendOnly("village_note", erasable=("text", "files")),
    ]
