"""A show may be given to another troupe: another commitment takes the place of the first, which is voided with it."""

from django.db import migrations

LAWS = """
-- What was decided stays decided; what was set aside stays the same, or gives way as a whole before it was given.
CREATE OR REPLACE FUNCTION culture_performance_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.stand IN ('paid', 'refused', 'cancelled') AND (to_jsonb(NEW) - '{rating_count,rating_sum,changed_at}'::text[])
            <> (to_jsonb(OLD) - '{rating_count,rating_sum,changed_at}'::text[])
        OR OLD.transfer_id IS NOT NULL AND (NEW.transfer_id, NEW.price_fen, NEW.contract_id, NEW.rating_floor)
            IS DISTINCT FROM (OLD.transfer_id, OLD.price_fen, OLD.contract_id, OLD.rating_floor)
            AND NOT coalesce(OLD.stand IN ('committed', 'accepted') AND NEW.stand = 'committed'
                AND NEW.transfer_id <> OLD.transfer_id AND NEW.troupe_id <> OLD.troupe_id, false) THEN
        PERFORM culture_refuse('culture_performance_kept', 'what was decided stays', 'Look at it again.');
    END IF;
    RETURN NEW;
END $$;

-- What was set aside for the troupe before is free again when the act ends.
CREATE FUNCTION culture_commitment_released() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    IF NOT EXISTS (SELECT FROM ledgers_resolution r WHERE r.transfer_id = OLD.transfer_id AND r.outcome = 'voided') THEN
        PERFORM culture_refuse('culture_commitment_released',
            format('transfer %s is still set aside for a troupe that does not come', OLD.transfer_id),
            'Go through the acts of culture.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER culture_commitment_released AFTER UPDATE ON culture_performance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.transfer_id IS NOT NULL AND OLD.transfer_id IS DISTINCT FROM NEW.transfer_id)
    EXECUTE FUNCTION culture_commitment_released();
"""


class Migration(migrations.Migration):
    dependencies = [("culture", "0040_season_moved"), ("ledgers", "0007_laws_with_open_eyes")]

    operations = [migrations.RunSQL(LAWS, migrations.RunSQL.noop)]
