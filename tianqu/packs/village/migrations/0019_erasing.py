"""Names may be emptied: in contracts, and in what a village has or owes once that has ended."""

from django.db import migrations

LAWS = r"""
-- The digest of what was sent holds the name among much that is known: with it one could try out names, so it may go.
CREATE OR REPLACE FUNCTION village_contract_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.place_id, NEW.entered_at) <> (OLD.id, OLD.place_id, OLD.entered_at)
        OR NEW.version < OLD.version
        OR (NEW.digest <> OLD.digest AND (NEW.digest <> '' OR OLD.state = 'in_force'))
        OR (OLD.state <> 'in_force' AND (NEW.state <> OLD.state OR NEW.ended_on <> OLD.ended_on)) THEN
        PERFORM village_refuse('village_contract_kept', 'a contract keeps its village, and one that ended stays ended',
            'Enter another contract.');
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION village_holding_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    words text[] := ARRAY['name', 'party', 'location', 'note', 'reason', 'close_reason', 'digest', 'close_digest'];
    kept jsonb := to_jsonb(NEW);
    was jsonb := to_jsonb(OLD);
BEGIN
    IF OLD.valid_to IS NOT NULL AND kept - words = was - words AND NOT EXISTS (
        SELECT FROM unnest(words) word
        WHERE kept ->> word IS DISTINCT FROM was ->> word AND kept ->> word NOT IN ('', '\x')) THEN
        RETURN NEW;  -- it only lost words
    END IF;
    IF OLD.closed_by IS NOT NULL
        OR kept - 'valid_to' - 'closed_by' - 'close_digest' - 'close_reason'
            <> was - 'valid_to' - 'closed_by' - 'close_digest' - 'close_reason' THEN
        PERFORM village_refuse('village_holding_kept', 'what a holding was stays written', 'Correct it by a change.');
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0018_measuring_laws")]

    operations = [migrations.RunSQL(LAWS, migrations.RunSQL.noop)]
