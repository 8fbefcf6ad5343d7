"""What an account must be like is asked by one function instead of five constraints.

PostgreSQL reads the stored text of every constraint of a table anew for each statement that writes to it, and those of
an account were a third of what posting a transfer cost. A function is read once a session. The laws keep their names.
docs/decisions/0030-checks-in-one-function.md says what was measured.
"""

from django.db import migrations

RIGHT = """
CREATE FUNCTION ledgers_account_right(
    side text, posted_debit bigint, posted_credit bigint, pending_debit bigint, pending_credit bigint,
    balance_min bigint, balance_max bigint, opened_on date, closed_on date
) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    broken text;
BEGIN
    IF side IN ('debit', 'credit') AND posted_debit >= 0 AND posted_credit >= 0 AND pending_debit >= 0
        AND pending_credit >= 0 AND closed_on IS NULL AND balance_min IS NULL AND balance_max IS NULL
    THEN
        RETURN true;  -- as most are
    END IF;
    broken := CASE
        WHEN side NOT IN ('debit', 'credit') THEN 'ledgers_account_side'
        WHEN posted_debit < 0 OR posted_credit < 0 OR pending_debit < 0 OR pending_credit < 0
            THEN 'ledgers_account_sums'
        WHEN closed_on < opened_on THEN 'ledgers_account_days'
        WHEN closed_on IS NOT NULL AND (posted_debit <> posted_credit OR pending_debit <> 0 OR pending_credit <> 0)
            THEN 'ledgers_account_empty'
        WHEN balance_max < CASE side WHEN 'debit' THEN posted_debit - posted_credit + pending_debit
                ELSE posted_credit - posted_debit + pending_credit END
            OR balance_min > CASE side WHEN 'debit' THEN posted_debit - posted_credit - pending_credit
                ELSE posted_credit - posted_debit - pending_debit END
            THEN 'ledgers_account_limits' END;
    IF broken IS NULL THEN
        RETURN true;
    END IF;
    RAISE EXCEPTION 'tianqu: an account would break %', broken USING ERRCODE = 'check_violation', CONSTRAINT = broken;
END $$;
ALTER TABLE ledgers_account
    DROP CONSTRAINT ledgers_account_side,
    DROP CONSTRAINT ledgers_account_days,
    DROP CONSTRAINT ledgers_account_sums,
    DROP CONSTRAINT ledgers_account_limits,
    DROP CONSTRAINT ledgers_account_empty,
    ADD CONSTRAINT ledgers_account_right CHECK (ledgers_account_right(
        side, posted_debit, posted_credit, pending_debit, pending_credit, balance_min, balance_max, opened_on,
        closed_on));
"""
APART = """
ALTER TABLE ledgers_account
    DROP CONSTRAINT ledgers_account_right,
    ADD CONSTRAINT ledgers_account_side CHECK (side IN ('debit', 'credit')),
    ADD CONSTRAINT ledgers_account_days CHECK (closed_on IS NULL OR closed_on >= opened_on),
    ADD CONSTRAINT ledgers_account_sums CHECK (
        posted_debit >= 0 AND posted_credit >= 0 AND pending_debit >= 0 AND pending_credit >= 0),
    ADD CONSTRAINT ledgers_account_limits CHECK (
        (balance_max IS NULL OR balance_max >= CASE side
            WHEN 'debit' THEN posted_debit - posted_credit + pending_debit
            ELSE posted_credit - posted_debit + pending_credit END)
        AND (balance_min IS NULL OR balance_min <= CASE side
            WHEN 'debit' THEN posted_debit - posted_credit - pending_credit
            ELSE posted_credit - posted_debit - pending_debit END)),
    ADD CONSTRAINT ledgers_account_empty CHECK (
        closed_on IS NULL OR (posted_debit = posted_credit AND pending_debit = 0 AND pending_credit = 0));
DROP FUNCTION ledgers_account_right(text, bigint, bigint, bigint, bigint, bigint, bigint, date, date);
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0010_laws_in_fewer_statements")]

    operations = [migrations.RunSQL(RIGHT, APART)]
