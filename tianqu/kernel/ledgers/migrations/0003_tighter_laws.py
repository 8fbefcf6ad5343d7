"""What an attacker at the console, or two acts at once, could still do, and no longer can.

Each is a small trigger or check beside those of ``0002_laws``, which are left as they are.
"""

from django.db import migrations

LAWS = """
-- Refuses what its WHEN says; its arguments are the law's name, what is said of it, and what would be right.
CREATE FUNCTION ledgers_refuse_this() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledgers_refuse(TG_ARGV[0], TG_ARGV[1], TG_ARGV[2]);
    RETURN NULL;
END $$;

-- Whoever posts looks at the periods after they have waited for who closes one. An older snapshot would not show it.
CREATE TRIGGER ledgers_transfer_looks_now BEFORE INSERT ON ledgers_transfer FOR EACH STATEMENT
    WHEN (current_setting('transaction_isolation') <> 'read committed')
    EXECUTE FUNCTION ledgers_refuse_this('ledgers_looks_now', 'a transfer is posted in READ COMMITTED alone',
        'An older snapshot would not show a period that was closed meanwhile.');
CREATE TRIGGER ledgers_resolution_looks_now BEFORE INSERT ON ledgers_resolution FOR EACH STATEMENT
    WHEN (current_setting('transaction_isolation') <> 'read committed')
    EXECUTE FUNCTION ledgers_refuse_this('ledgers_looks_now', 'a transfer is resolved in READ COMMITTED alone',
        'An older snapshot would not show a period that was closed meanwhile.');

-- What was to be voided at its time is not posted after it, though the worker has not come by yet.
CREATE FUNCTION ledgers_resolution_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM ledgers_transfer t WHERE t.id = NEW.transfer_id AND t.expires_at <= NEW.at) THEN
        PERFORM ledgers_refuse('ledgers_in_time', format('the time of transfer %s is over', NEW.transfer_id),
            'It can only be voided now; post another one.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledgers_resolution_in_time AFTER INSERT ON ledgers_resolution FOR EACH ROW
    WHEN (NEW.outcome = 'posted') EXECUTE FUNCTION ledgers_resolution_in_time();

-- A closed account stays closed, and empty: whoever posted while it was being closed meets the check on its row.
CREATE TRIGGER ledgers_account_stays_closed BEFORE UPDATE ON ledgers_account FOR EACH ROW
    WHEN (OLD.closed_on IS NOT NULL AND NEW.closed_on IS DISTINCT FROM OLD.closed_on)
    EXECUTE FUNCTION ledgers_refuse_this('ledgers_account_kept', 'a closed account stays closed', 'Open another one.');
ALTER TABLE ledgers_account
    DROP CONSTRAINT ledgers_account_empty,
    ADD CONSTRAINT ledgers_account_empty CHECK (
        closed_on IS NULL OR (posted_debit = posted_credit AND pending_debit = 0 AND pending_credit = 0));

-- Days on which no balance is asked for would keep what they hold out of every one; and a reversal takes something back.
ALTER TABLE ledgers_transfer
    ADD CONSTRAINT ledgers_transfer_day CHECK (day BETWEEN '1949-01-01' AND '2199-12-31'),
    ADD CONSTRAINT ledgers_transfer_reversal CHECK ((kind = 'reversal') = (reverses IS NOT NULL));
ALTER TABLE ledgers_resolution
    ADD CONSTRAINT ledgers_resolution_day CHECK (day BETWEEN '1949-01-01' AND '2199-12-31');
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0002_laws")]

    operations = [migrations.RunSQL(LAWS, migrations.RunSQL.noop)]
