"""The law of posting writes to what waits only where something is pending.

Writing no row still asked the guards of that table whether it may. The rest is as ``0004_quicker_laws`` and
``0005_planned_once`` have it.
"""

from django.db import migrations

LAWS = """
CREATE OR REPLACE FUNCTION ledgers_transfers_added() RETURNS trigger LANGUAGE plpgsql
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    fault record;
    shut uuid[];  -- books with a period that is not open
BEGIN
    PERFORM FROM (SELECT DISTINCT book_id FROM added) d JOIN ledgers_book b ON b.id = d.book_id
        ORDER BY b.id FOR KEY SHARE OF b;
    -- After the books are held, so that whoever closed one is seen.
    SELECT array_agg(DISTINCT p.book_id) INTO shut
        FROM (SELECT DISTINCT book_id FROM added) d JOIN ledgers_period p ON p.book_id = d.book_id
        WHERE p.state <> 'open';
    -- Each row is looked up by its keys: scalar queries are not turned into joins, whatever the statistics say.
    SELECT * INTO fault FROM (
        SELECT f.id, f.kind, f.book IS NULL AS unknown, f.day < f.first_day AS early,
            (SELECT 1 FROM ledgers_leg l
                WHERE l.transfer_id = f.id AND l.held = f.pending AND l.position = 1) IS NULL AS bare,
            (SELECT e.subject FROM journal_entry e WHERE e.book = f.book AND e.book_sequence = f.number)
                IS DISTINCT FROM 'transfer:' || f.id AS unrecorded,
            CASE WHEN f.book_id = ANY (shut) THEN (
                SELECT p.state FROM ledgers_period p WHERE p.book_id = f.book_id AND p.state <> 'open'
                    AND f.day BETWEEN p.first_day AND p.last_day) END AS state
        FROM (
            SELECT t.*, b.first_day, 'book:' || b.code AS book FROM added t LEFT JOIN ledgers_book b ON b.id = t.book_id
        ) f
        OFFSET 0  -- each of the columns above is worked out once
    ) t
    WHERE unknown OR bare OR unrecorded OR early OR state = 'closed'
        OR (state = 'closing' AND kind NOT IN ('adjustment', 'closing', 'reversal'))
    LIMIT 1;
    IF FOUND THEN
        IF fault.unknown THEN
            PERFORM ledgers_refuse('ledgers_leg_known', format(
                'the book of transfer %s is not there', fault.id), 'Name a book within your sight.');
        ELSIF fault.bare THEN
            PERFORM ledgers_refuse('ledgers_whole', format('transfer %s has no legs', fault.id),
                'Write a transfer and all of its legs in one statement.');
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
    END IF;
    IF EXISTS (SELECT FROM added WHERE pending) THEN
        INSERT INTO ledgers_waiting (transfer_id, expires_at) SELECT id, expires_at FROM added WHERE pending;
    END IF;
    IF EXISTS (SELECT FROM added WHERE reverses IS NOT NULL) THEN
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
    RETURN NULL;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0005_planned_once")]

    operations = [migrations.RunSQL(LAWS, migrations.RunSQL.noop)]
