"""Names may be emptied in matters that are over, and in their steps: words go, days, votes and who attested them stay."""

from django.db import migrations

MATTER = """
CREATE OR REPLACE FUNCTION village_matter_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.place_id, NEW.entered_at) <> (OLD.id, OLD.place_id, OLD.entered_at)
        OR (NEW.digest <> OLD.digest{emptied})
        OR NEW.version < OLD.version OR OLD.withdrawn_at <> NEW.withdrawn_at
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS NULL) THEN
        PERFORM village_refuse('village_matter_kept', 'a matter keeps its village, and one withdrawn stays withdrawn',
            'Open another matter.');
    END IF;
    RETURN NEW;
END $$;
"""
# The digest of what was sent holds the name among much that is known: with it one could try out names, so it may go.
EMPTIED = """
            AND (NEW.digest <> '' OR (OLD.next_step <> '' AND OLD.withdrawn_at IS NULL))"""

STEP = r"""
CREATE OR REPLACE FUNCTION village_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[] := ARRAY['location', 'text', 'strike_reason', 'digest'];
    kept jsonb := to_jsonb(NEW);
    was jsonb;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (SELECT FROM village_matter WHERE id = NEW.matter_id AND place_path = NEW.place_path) THEN
            PERFORM village_refuse('village_step_at_home', 'a step is of its matter''s village', 'Name that matter.');
        END IF;
        RETURN NEW;
    END IF;
    was := to_jsonb(OLD);
    IF kept - words = was - words AND NOT EXISTS (
            SELECT FROM unnest(words) word
            WHERE kept ->> word IS DISTINCT FROM was ->> word AND kept ->> word NOT IN ('', '\x'))
        AND EXISTS (SELECT FROM village_matter WHERE id = NEW.matter_id
            AND (next_step = '' OR withdrawn_at IS NOT NULL)) THEN
        RETURN NEW;  -- it only lost words, and its matter is over
    END IF;
    IF OLD.struck_at IS NOT NULL
        OR kept - 'struck_at' - 'struck_by' - 'strike_reason' <> was - 'struck_at' - 'struck_by' - 'strike_reason' THEN
        PERFORM village_refuse('village_step_kept', 'what was held stays written', 'Strike it out and enter another.');
    END IF;
    RETURN NEW;
END $$;
"""
STEP_BEFORE = """
CREATE OR REPLACE FUNCTION village_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0023_erasing_said")]

    operations = [
        migrations.RunSQL(MATTER.format(emptied=EMPTIED), MATTER.format(emptied="")),
        migrations.RunSQL(STEP, STEP_BEFORE),
    ]
