"""The laws of posting in fewer statements. They ask the walls for the book alone; what is of it they find by themselves.

Row-level security wrote, for each table that a law looks up, the question whether its book is in sight, and that of each
table in between, into the plan; with open eyes none of it was asked, but all of it was set up anew with each statement.
Where the owner of the tables is a role of its own, these tables no longer bind it (tianqu/project/roles.py), and the
laws, which are the owner's, name the book wherever they look. docs/decisions/0018-laws-with-open-eyes.md says more.

A resolution now has an entry of its own transaction, under a number after that of its transfer: the entry of the
transfer itself, or one written before, no longer does for it.
"""

from django.db import migrations

SEARCH_PATH = "SET search_path = pg_catalog, public, pg_temp"
# One transfer alone, all of whose legs are new and on accounts of their own, which is what is posted all day.
ONE = """
        SELECT id, book_id, legs_count, pending, day, number, kind INTO one
            FROM ledgers_transfer WHERE id = transfer_ids[1];
        alone := one.pending = held_all AND held_all = held_any AND (lines = 2 AND lowest <> highest
            OR lines > 2 AND lines = (SELECT count(DISTINCT account_id) FROM added));
    END IF;
    IF alone THEN
        everything := set_config('tianqu.everything', eyes, true);
        SELECT code, first_day INTO book FROM ledgers_book WHERE id = one.book_id FOR KEY SHARE;
        everything := set_config('tianqu.everything', 'on', true);
        lawful := one.day >= book.first_day AND lines = one.legs_count AND top = one.legs_count;
        everything := set_config('enable_nestloop', 'on', true);
        everything := set_config('enable_hashjoin', 'off', true);
        -- After the book is held, so that whoever closed a period is seen.
        IF lawful THEN
            WITH moved AS (
                UPDATE ledgers_account a SET
                        posted_debit = a.posted_debit + CASE WHEN NOT l.held AND l.amount > 0 THEN l.amount ELSE 0 END,
                        posted_credit = a.posted_credit - CASE WHEN NOT l.held AND l.amount < 0 THEN l.amount ELSE 0 END,
                        pending_debit = a.pending_debit + CASE WHEN l.held AND l.amount > 0 THEN l.amount ELSE 0 END,
                        pending_credit = a.pending_credit - CASE WHEN l.held AND l.amount < 0 THEN l.amount ELSE 0 END
                    FROM added l
                    WHERE a.id = l.account_id AND a.book_id = one.book_id
                        AND a.opened_on <= one.day AND a.closed_on IS NULL
                        AND l.transfer_id = one.id AND l.day = one.day AND l.number = one.number
                    RETURNING a.ledger_id, l.amount
            )
            SELECT array_agg(ledger_id), array_agg(amount),
                    (SELECT e.subject = 'transfer:' || one.id AND e.xid = pg_current_xact_id() FROM journal_entry e
                        WHERE e.book = 'book:' || book.code AND e.book_sequence = one.number)
                    AND (SELECT p.state = 'closing' AND one.kind IN ('adjustment', 'closing', 'reversal')
                        FROM ledgers_period p WHERE p.book_id = one.book_id AND p.state <> 'open'
                            AND one.day BETWEEN p.first_day AND p.last_day) IS NOT FALSE
                INTO ledger_ids, amounts, lawful FROM moved;
            IF ledger_ids[1] = ALL (ledger_ids) THEN
                FOREACH amount IN ARRAY amounts LOOP
                    total := total + amount;
                END LOOP;
            ELSE
                total := (SELECT sum(abs(s)) FROM (
                    SELECT sum(m.moved) AS s FROM unnest(ledger_ids, amounts) m (ledger_id, moved) GROUP BY m.ledger_id
                ) x);
            END IF;
            lawful := lawful AND cardinality(amounts) = lines AND total = 0;
        END IF;
        -- Nobody else comes in between: whoever adds to a sum holds the account's row first, as this does.
        IF lawful AND NOT one.pending THEN
            month := date_trunc('month', one.day::timestamp);
            year := date_trunc('year', one.day::timestamp);
            UPDATE ledgers_total s SET
                    debit = s.debit + greatest(l.amount, 0), credit = s.credit + greatest(-l.amount, 0)
                FROM added l
                WHERE s.account_id = l.account_id AND s.months IN (1, 12) AND s.starts_on IN (month, year)
                    AND s.starts_on = CASE s.months WHEN 1 THEN month ELSE year END;
            GET DIAGNOSTICS touched = ROW_COUNT;
            IF touched < 2 * lines THEN
                INSERT INTO ledgers_total (account_id, months, starts_on, debit, credit)
                    SELECT l.account_id, span.months, span.starts_on, greatest(l.amount, 0), greatest(-l.amount, 0)
                    FROM added l CROSS JOIN (VALUES (1, month), (12, year)) span (months, starts_on)
                    WHERE NOT EXISTS (SELECT FROM ledgers_total s WHERE s.account_id = l.account_id
                        AND s.months = span.months AND s.starts_on = span.starts_on);
            END IF;
        END IF;
"""
# Any number of transfers. Most rows meet few: they are fetched by their keys at once and joined by hashes.
MANY = """
        account_ids := ARRAY(SELECT DISTINCT account_id FROM added);
        SELECT array_agg(DISTINCT book_id) INTO book_ids FROM ledgers_account WHERE id = ANY (account_ids);
        everything := set_config('tianqu.everything', eyes, true);
        SELECT array_agg(id) INTO book_ids FROM (
            SELECT id FROM ledgers_book WHERE id = ANY (book_ids) ORDER BY id FOR KEY SHARE) seen;
        everything := set_config('tianqu.everything', 'on', true);
        -- After the books are held, so that whoever closed one is seen.
        SELECT array_agg(DISTINCT book_id) INTO shut
            FROM ledgers_period WHERE book_id = ANY (book_ids) AND state <> 'open';
        WITH accounts AS (
            UPDATE ledgers_account a SET
                    posted_debit = a.posted_debit + s.posted_debit, posted_credit = a.posted_credit + s.posted_credit,
                    pending_debit = a.pending_debit + s.pending_debit,
                    pending_credit = a.pending_credit + s.pending_credit
                FROM (
                    SELECT account_id, coalesce(sum(amount) FILTER (WHERE amount > 0 AND NOT held), 0) AS posted_debit,
                        coalesce(sum(-amount) FILTER (WHERE amount < 0 AND NOT held), 0) AS posted_credit,
                        coalesce(sum(amount) FILTER (WHERE amount > 0 AND held), 0) AS pending_debit,
                        coalesce(sum(-amount) FILTER (WHERE amount < 0 AND held), 0) AS pending_credit
                    FROM added GROUP BY 1
                ) s
                WHERE a.id = s.account_id AND a.id = ANY (account_ids) AND a.book_id = ANY (book_ids)
                    AND a.closed_on IS NULL
                RETURNING a.id, a.ledger_id, a.book_id, a.opened_on
        ), posted AS MATERIALIZED (
            SELECT id, book_id, legs_count, pending, day, number, kind FROM ledgers_transfer
            WHERE id = ANY (transfer_ids) AND book_id = ANY (book_ids)
        ), entries AS (
            -- The numbers that a statement takes of a book are next to each other, and so are their entries.
            SELECT r.book_id, e.book_sequence, e.subject
            FROM (
                SELECT b.id AS book_id, 'book:' || b.code AS book, low, high
                FROM (
                    SELECT book_id, min(number) AS low, max(number) AS high FROM posted
                    WHERE held_any OR NOT pending GROUP BY 1
                ) taken JOIN ledgers_book b ON b.id = taken.book_id
                WHERE b.id = ANY (book_ids)
            ) r CROSS JOIN LATERAL (
                SELECT book_sequence, CASE WHEN xid = pg_current_xact_id() THEN subject END AS subject
                FROM journal_entry WHERE book = r.book AND book_sequence BETWEEN r.low AND r.high OFFSET 0
            ) e
        ), transfers AS MATERIALIZED (
            SELECT t.id, t.book_id, t.legs_count, t.pending, t.day, t.number,
                t.day >= b.first_day AND e.subject = 'transfer:' || t.id
                    AND CASE WHEN t.book_id = ANY (shut) THEN (
                        SELECT p.state = 'closing' AND t.kind IN ('adjustment', 'closing', 'reversal')
                        FROM ledgers_period p WHERE p.book_id = t.book_id AND p.state <> 'open'
                            AND t.day BETWEEN p.first_day AND p.last_day) END IS NOT FALSE AS lawful,
                CASE WHEN t.pending THEN (
                    SELECT (r.day, r.number)::text FROM ledgers_resolution r
                    WHERE r.transfer_id = t.id AND r.outcome = 'posted') END AS resolved
            FROM posted t JOIN ledgers_book b ON b.id = t.book_id
                LEFT JOIN entries e ON e.book_id = t.book_id AND e.book_sequence = t.number
            WHERE b.id = ANY (book_ids)
        )
        SELECT count(*) FILTER (WHERE amiss IS NOT FALSE) = 0, array_agg(transfer_id) FILTER (WHERE mixed)
            INTO lawful, mixed_ids
            FROM (
                SELECT l.transfer_id, min(a.ledger_id) <> max(a.ledger_id) AS mixed,
                    sum(l.amount) <> 0 OR count(*) <> max(t.legs_count) OR max(l.position) <> max(t.legs_count)
                        OR NOT bool_and((a.book_id = t.book_id AND l.day >= a.opened_on AND CASE
                            WHEN l.held = t.pending THEN t.lawful AND (l.day, l.number) = (t.day, t.number)
                            ELSE NOT l.held AND t.resolved = (l.day, l.number)::text END) IS TRUE) AS amiss
                FROM added l LEFT JOIN accounts a ON a.id = l.account_id LEFT JOIN transfers t ON t.id = l.transfer_id
                GROUP BY l.transfer_id, l.held
            ) o;
        -- What balances as a whole need not balance in each of its ledgers.
        IF lawful AND mixed_ids IS NOT NULL THEN
            lawful := NOT EXISTS (
                SELECT FROM added l JOIN ledgers_account a ON a.id = l.account_id
                WHERE l.transfer_id = ANY (mixed_ids) AND a.id = ANY (account_ids)
                GROUP BY l.transfer_id, l.held, a.ledger_id HAVING sum(l.amount) <> 0);
        END IF;
        -- Nobody else comes in between: whoever adds to a sum holds the account's row first, as this does.
        IF lawful AND NOT held_all THEN
            everything := set_config('enable_nestloop', 'on', true);
            everything := set_config('enable_hashjoin', 'off', true);
            WITH moved AS MATERIALIZED ({MOVED}), changed AS (
                UPDATE ledgers_total s SET debit = s.debit + m.debit, credit = s.credit + m.credit
                FROM moved m
                WHERE s.account_id = m.account_id AND s.months = m.months AND s.starts_on = m.starts_on
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM moved) - (SELECT count(*) FROM changed) INTO touched;
            IF touched <> 0 THEN
                INSERT INTO ledgers_total (account_id, months, starts_on, debit, credit)
                    SELECT m.account_id, m.months, m.starts_on, m.debit, m.credit FROM ({MOVED}) m
                    WHERE NOT EXISTS (SELECT FROM ledgers_total s WHERE s.account_id = m.account_id
                        AND s.months = m.months AND s.starts_on = m.starts_on);
            END IF;
        END IF;
"""
# What was moved on each account in each month and year.
MOVED = """
                SELECT account_id, months, CASE months WHEN 1 THEN month ELSE date_trunc('year', month::timestamp)::date END
                    AS starts_on, sum(debit) AS debit, sum(credit) AS credit
                FROM (
                    SELECT account_id, date_trunc('month', day::timestamp)::date AS month,
                        coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
                        coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS credit
                    FROM added WHERE NOT held GROUP BY 1, 2
                ) by_month CROSS JOIN (VALUES (1), (12)) span (months) GROUP BY 1, 2, 3"""
# What is wrong, as whoever posts may see it: an account or a transfer whose book is out of sight is not there.
TOLD = """
    SELECT transfer_id, bool_or(unknown) AS unknown, bool_or(elsewhere) AS elsewhere, bool_or(shut) AS shut,
            bool_or(total <> 0) AS unbalanced
        INTO fault
        FROM (
            SELECT l.transfer_id, l.held, a.ledger_id, sum(l.amount) AS total, count(*) AS lines,
                max(l.position) AS top, max(t.legs_count) AS legs_count,
                bool_or(a.id IS NULL OR t.id IS NULL) AS unknown,
                bool_or(a.book_id <> t.book_id) AS elsewhere,
                bool_or(l.day < a.opened_on OR a.closed_on IS NOT NULL) AS shut,
                bool_or(CASE
                    WHEN l.held THEN NOT t.pending OR (l.day, l.number) <> (t.day, t.number)
                    WHEN t.pending THEN NOT EXISTS (
                        SELECT FROM ledgers_resolution r WHERE r.transfer_id = t.id AND r.outcome = 'posted'
                            AND (r.day, r.number) = (l.day, l.number))
                    ELSE (l.day, l.number) <> (t.day, t.number) END) AS amiss
            FROM added l
                LEFT JOIN (
                    SELECT g.id, g.ledger_id, g.book_id, g.opened_on, g.closed_on
                    FROM ledgers_account g JOIN ledgers_book b ON b.id = g.book_id
                    WHERE g.id = ANY (account_ids)) a ON a.id = l.account_id
                LEFT JOIN (
                    SELECT g.id, g.book_id, g.legs_count, g.pending, g.day, g.number
                    FROM ledgers_transfer g JOIN ledgers_book b ON b.id = g.book_id
                    WHERE g.id = ANY (transfer_ids)) t ON t.id = l.transfer_id
            GROUP BY l.transfer_id, l.held, a.ledger_id
        ) o
        GROUP BY transfer_id, held
        HAVING bool_or(unknown) OR bool_or(elsewhere) OR bool_or(shut) OR bool_or(amiss) OR bool_or(total <> 0)
            OR sum(lines) <> max(legs_count) OR max(top) <> max(legs_count)
        LIMIT 1;
    IF FOUND THEN
        IF fault.unknown THEN
            PERFORM ledgers_refuse('ledgers_leg_known', format(
                'a leg of transfer %s names an account or a transfer that is not there', fault.transfer_id),
                'Name accounts of a book within your sight.');
        ELSIF fault.elsewhere THEN
            PERFORM ledgers_refuse('ledgers_one_book', format(
                'transfer %s has legs in more than one book', fault.transfer_id), 'Post one transfer in each book.');
        ELSIF fault.shut THEN
            PERFORM ledgers_refuse('ledgers_account_open', format(
                'transfer %s is dated when one of its accounts was not open', fault.transfer_id),
                'Choose another day or account.');
        ELSIF fault.unbalanced THEN
            PERFORM ledgers_refuse('ledgers_balanced', format(
                'the legs of transfer %s do not sum to zero in each ledger', fault.transfer_id),
                'Debits (positive) and credits (negative) of a ledger must be equal.');
        ELSE
            PERFORM ledgers_refuse('ledgers_whole', format(
                'the legs of transfer %s are not those that were announced', fault.transfer_id),
                'Write a transfer and all of its legs in one statement; nothing is added later.');
        END IF;
    END IF;
    SELECT t.id, t.day < b.first_day AS early, p.state,
            e.subject IS DISTINCT FROM 'transfer:' || t.id OR e.xid <> pg_current_xact_id() AS unrecorded
        INTO fault
        FROM ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id
            LEFT JOIN journal_entry e ON e.book = 'book:' || b.code AND e.book_sequence = t.number
            LEFT JOIN ledgers_period p ON p.book_id = t.book_id AND p.state <> 'open'
                AND t.day BETWEEN p.first_day AND p.last_day
        WHERE t.id = ANY (transfer_ids) AND (t.day < b.first_day OR p.state = 'closed'
            OR e.subject IS DISTINCT FROM 'transfer:' || t.id OR e.xid <> pg_current_xact_id()
            OR (p.state = 'closing' AND t.kind NOT IN ('adjustment', 'closing', 'reversal')))
        LIMIT 1;
    IF NOT FOUND THEN
        PERFORM ledgers_refuse('ledgers_whole', format('the legs of transfer %s are refused', transfer_ids[1]),
            'Write a transfer and all of its legs in one statement; nothing is added later.');
    ELSIF fault.unrecorded THEN
        PERFORM ledgers_refuse('ledgers_recorded', format(
            'transfer %s has no entry of its number in its book', fault.id), 'Post through the acts of ledgers.');
    ELSIF fault.early THEN
        PERFORM ledgers_refuse('ledgers_first_day', format(
            'transfer %s is dated before its book begins', fault.id), 'Choose a later day.');
    ELSE
        PERFORM ledgers_refuse('ledgers_period_' || fault.state, format(
            'transfer %s is dated in a period that is %s', fault.id, fault.state), 'Choose a day that is open.');
    END IF;
"""
LEGS = """
CREATE OR REPLACE FUNCTION ledgers_legs_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PATH}
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off SET enable_hashjoin = on
    SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    eyes text := coalesce(current_setting('tianqu.everything', true), '');
    everything text;
    account_ids bigint[];
    transfer_ids uuid[];  -- a transfer without a first leg is not found, and so refused
    mixed_ids uuid[];  -- transfers with legs in more than one ledger
    lines bigint;
    top smallint;
    lowest bigint;  -- of the accounts
    highest bigint;
    held_all boolean;
    held_any boolean;
    alone boolean := false;
    lawful boolean;
    one record;
    book record;
    ledger_ids bigint[];
    amounts bigint[];
    amount bigint;
    total numeric := 0;
    month date;
    year date;
    touched bigint;
    book_ids uuid[];
    shut uuid[];  -- books with a period that is not open
    fault record;
BEGIN
    SELECT array_agg(transfer_id) FILTER (WHERE position = 1), count(*), max(position), min(account_id),
            max(account_id), bool_and(held), bool_or(held)
        INTO transfer_ids, lines, top, lowest, highest, held_all, held_any FROM added;
    IF lines = 0 THEN
        RETURN NULL;
    END IF;
    everything := set_config('tianqu.everything', 'on', true);
    IF cardinality(transfer_ids) = 1 THEN
{ONE}    ELSE
{MANY}    END IF;
    everything := set_config('tianqu.everything', eyes, true);
    IF lawful THEN
        RETURN NULL;
    END IF;
    account_ids := ARRAY(SELECT DISTINCT account_id FROM added);
{TOLD}    RETURN NULL;
END $$;
"""
TRANSFERS = """
CREATE OR REPLACE FUNCTION ledgers_transfers_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PATH}
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    eyes text := coalesce(current_setting('tianqu.everything', true), '');
    everything text := set_config('tianqu.everything', 'on', true);
    reversing_any boolean;
    firm_ids uuid[];
    pending_ids uuid[];
    pending_any boolean;
    missing bigint := 0;
BEGIN
    -- Whoever posts looks at the periods after they have waited for who closes one.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        PERFORM ledgers_refuse('ledgers_looks_now', 'a transfer is posted in READ COMMITTED alone',
            'An older snapshot would not show a period that was closed meanwhile.');
    END IF;
    SELECT bool_or(t.reverses IS NOT NULL), array_agg(t.id) FILTER (WHERE NOT t.pending),
            array_agg(t.id) FILTER (WHERE t.pending)
        INTO reversing_any, firm_ids, pending_ids FROM added t;
    pending_any := pending_ids IS NOT NULL;
    IF firm_ids IS NOT NULL THEN
        missing := cardinality(firm_ids) - (
            SELECT count(*) FROM ledgers_leg WHERE transfer_id = ANY (firm_ids) AND NOT held AND position = 1);
    END IF;
    IF pending_any THEN
        missing := missing + cardinality(pending_ids) - (
            SELECT count(*) FROM ledgers_leg WHERE transfer_id = ANY (pending_ids) AND held AND position = 1);
    END IF;
    IF missing <> 0 THEN
        PERFORM ledgers_refuse('ledgers_whole', 'a transfer has no legs',
            'Write a transfer and all of its legs in one statement.');
    END IF;
    IF pending_any THEN
        INSERT INTO ledgers_waiting (transfer_id, expires_at) SELECT id, expires_at FROM added WHERE pending;
    END IF;
    IF reversing_any THEN
        PERFORM ledgers_refuse('ledgers_reversal', format(
                'transfer %s is not the reverse of what it takes back', t.id),
                'A reversal has the legs of a posted transfer of the same book, each the other way round.')
            FROM added t LEFT JOIN ledgers_transfer o ON o.id = t.reverses
            WHERE t.reverses IS NOT NULL AND (
                o.id IS NULL OR o.book_id <> t.book_id OR o.reverses IS NOT NULL OR o.legs_count <> t.legs_count
                OR EXISTS (
                    SELECT FROM ledgers_leg r LEFT JOIN ledgers_leg l
                        ON l.transfer_id = o.id AND NOT l.held AND l.position = r.position
                    WHERE r.transfer_id = t.id AND (l.account_id, l.amount) IS DISTINCT FROM (r.account_id, -r.amount)
                        OR r.transfer_id = t.id AND r.day < l.day));
    END IF;
    everything := set_config('tianqu.everything', eyes, true);
    RETURN NULL;
END $$;
DROP TRIGGER ledgers_transfer_looks_now ON ledgers_transfer;
"""
RESOLUTIONS = """
CREATE OR REPLACE FUNCTION ledgers_resolutions_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {PATH}
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    fault record;
BEGIN
    PERFORM FROM ledgers_book WHERE id IN (
        SELECT t.book_id FROM added r JOIN ledgers_transfer t ON t.id = r.transfer_id) ORDER BY id FOR KEY SHARE;
    SELECT r.transfer_id AS id, w.transfer_id IS NULL AS idle, r.day < t.day AS early, p.state,
            e.id IS NULL OR r.number <= t.number AS unrecorded
        INTO fault
        FROM added r
            -- A transfer whose book is out of sight is none.
            LEFT JOIN (ledgers_transfer t JOIN ledgers_book b ON b.id = t.book_id) ON t.id = r.transfer_id
            LEFT JOIN ledgers_waiting w ON w.transfer_id = t.id
            LEFT JOIN ledgers_period p ON r.outcome = 'posted' AND p.book_id = t.book_id
                AND r.day BETWEEN p.first_day AND p.last_day AND p.state <> 'open'
            LEFT JOIN journal_entry e ON e.book = 'book:' || b.code AND e.book_sequence = r.number
                AND e.subject = 'transfer:' || t.id AND (e.xid = pg_current_xact_id()) IS TRUE
        WHERE w.transfer_id IS NULL OR e.id IS NULL OR r.number <= t.number OR r.day < t.day OR p.state = 'closed'
            OR (p.state = 'closing' AND t.kind NOT IN ('adjustment', 'closing'))
        LIMIT 1;
    IF FOUND THEN
        IF fault.idle THEN
            PERFORM ledgers_refuse('ledgers_pending', format('transfer %s is not pending', fault.id),
                'A pending transfer is resolved once.');
        ELSIF fault.unrecorded THEN
            PERFORM ledgers_refuse('ledgers_recorded', format(
                'the resolution of transfer %s has no entry of its number in its book', fault.id),
                'Resolve through the acts of ledgers.');
        ELSIF fault.early THEN
            PERFORM ledgers_refuse('ledgers_first_day', format(
                'transfer %s would be posted before its own day', fault.id), 'Choose a later day.');
        ELSE
            PERFORM ledgers_refuse('ledgers_period_' || fault.state, format(
                'transfer %s would be posted in a period that is %s', fault.id, fault.state),
                'Choose a day that is open.');
        END IF;
    END IF;
    DELETE FROM ledgers_waiting w USING added r WHERE w.transfer_id = r.transfer_id;
    UPDATE ledgers_account a SET
            pending_debit = a.pending_debit - s.debit, pending_credit = a.pending_credit - s.credit
        FROM (
            SELECT l.account_id, coalesce(sum(l.amount) FILTER (WHERE l.amount > 0), 0) AS debit,
                coalesce(sum(-l.amount) FILTER (WHERE l.amount < 0), 0) AS credit
            FROM added r JOIN ledgers_leg l ON l.transfer_id = r.transfer_id AND l.held GROUP BY l.account_id
        ) s WHERE a.id = s.account_id;
    INSERT INTO ledgers_leg (transfer_id, held, position, account_id, day, number, amount)
        SELECT l.transfer_id, false, l.position, l.account_id, r.day, r.number, l.amount
        FROM added r JOIN ledgers_leg l ON l.transfer_id = r.transfer_id AND l.held WHERE r.outcome = 'posted';
    RETURN NULL;
END $$;
"""
# What only the laws of posting write is asked for an act where they do not write it. The sums of an account are theirs,
# and are not among the columns; that a closed account stays closed is asked where the column is set.
ACCOUNTS = (
    "id, ledger_id, book_id, parent_id, chart, code, name, name_en, element, side, balance_min, balance_max, opened_on,"
    " closed_on"
)
GUARDS = """
DROP TRIGGER journal_guard ON ledgers_total;
CREATE TRIGGER journal_guard AFTER DELETE ON ledgers_total FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
DROP TRIGGER journal_guard ON ledgers_account;
CREATE TRIGGER journal_guard AFTER INSERT OR DELETE OR UPDATE OF {ACCOUNTS} ON ledgers_account
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
DROP TRIGGER ledgers_account_stays_closed ON ledgers_account;
CREATE TRIGGER ledgers_account_stays_closed BEFORE UPDATE OF closed_on ON ledgers_account FOR EACH ROW
    WHEN (OLD.closed_on IS NOT NULL AND NEW.closed_on IS DISTINCT FROM OLD.closed_on)
    EXECUTE FUNCTION ledgers_refuse_this('ledgers_account_kept', 'a closed account stays closed', 'Open another one.');
"""


class Migration(migrations.Migration):
    dependencies = [
        ("ledgers", "0009_laws_of_the_owner"), ("journal", "0008_numbers_of_their_own_transaction"),
    ]  # fmt: skip

    operations = [
        migrations.RunSQL(
            LEGS.replace("{PATH}", SEARCH_PATH)
            .replace("{ONE}", ONE)
            .replace("{MANY}", MANY.replace("{MOVED}", MOVED))
            .replace("{TOLD}", TOLD)
            + (TRANSFERS + RESOLUTIONS).replace("{PATH}", SEARCH_PATH)
            + GUARDS.replace("{ACCOUNTS}", ACCOUNTS),
            migrations.RunSQL.noop,
        )
    ]
