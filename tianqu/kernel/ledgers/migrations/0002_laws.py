from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

CHECKS = """
ALTER TABLE ledgers_chart ADD CONSTRAINT ledgers_chart_validity
    EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE ledgers_chart_mapping ADD CONSTRAINT ledgers_mapping_validity
    EXCLUDE USING gist (from_chart WITH =, to_chart WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE ledgers_period ADD CONSTRAINT ledgers_period_apart
    EXCLUDE USING gist (book_id WITH =, daterange(first_day, last_day, '[]') WITH &&);
ALTER TABLE ledgers_period ADD CONSTRAINT ledgers_period_days CHECK (first_day <= last_day);
ALTER TABLE ledgers_period ADD CONSTRAINT ledgers_period_state CHECK (state IN ('open', 'closing', 'closed'));

ALTER TABLE ledgers_account
    ADD CONSTRAINT ledgers_account_side CHECK (side IN ('debit', 'credit')),
    ADD CONSTRAINT ledgers_account_days CHECK (closed_on IS NULL OR closed_on >= opened_on),
    ADD CONSTRAINT ledgers_account_sums CHECK (
        posted_debit >= 0 AND posted_credit >= 0 AND pending_debit >= 0 AND pending_credit >= 0),
    -- On the account's own side, with everything that is pending against the limit.
    ADD CONSTRAINT ledgers_account_limits CHECK (
        (balance_max IS NULL OR balance_max >= CASE side
            WHEN 'debit' THEN posted_debit - posted_credit + pending_debit
            ELSE posted_credit - posted_debit + pending_credit END)
        AND (balance_min IS NULL OR balance_min <= CASE side
            WHEN 'debit' THEN posted_debit - posted_credit - pending_credit
            ELSE posted_credit - posted_debit - pending_debit END)),
    ADD CONSTRAINT ledgers_account_empty CHECK (closed_on IS NULL OR (pending_debit = 0 AND pending_credit = 0));
ALTER TABLE ledgers_account SET (fillfactor = 70);
ALTER TABLE ledgers_total SET (fillfactor = 70);
CREATE INDEX ledgers_book_place ON ledgers_book USING gist (place_path);

ALTER TABLE ledgers_transfer
    ADD CONSTRAINT ledgers_transfer_legs CHECK (legs_count BETWEEN 2 AND 500),
    ADD CONSTRAINT ledgers_transfer_expiry CHECK (pending OR expires_at IS NULL),
    ADD CONSTRAINT ledgers_transfer_firm CHECK (NOT pending OR reverses IS NULL),
    ADD CONSTRAINT ledgers_transfer_kind CHECK (kind ~ '^[a-z][a-z0-9_]{0,39}$');
CREATE INDEX ledgers_transfer_reference ON ledgers_transfer (reference) WHERE reference <> '';
ALTER TABLE ledgers_leg
    ADD CONSTRAINT ledgers_leg_amount CHECK (amount <> 0 AND amount BETWEEN -1000000000000000 AND 1000000000000000),
    ADD CONSTRAINT ledgers_leg_position CHECK (position >= 1);
CREATE INDEX ledgers_leg_account ON ledgers_leg (account_id, day, number, position) INCLUDE (amount) WHERE NOT held;
ALTER TABLE ledgers_resolution ADD CONSTRAINT ledgers_resolution_outcome CHECK (outcome IN ('posted', 'voided'));
"""

# The laws of posting. They look at whole statements, because a trigger for each row would cost as much as everything
# else together; and they look at once, which is stricter than at commit: a transfer and its legs are written by one
# statement, and from then on its positions are taken.
# A plan is kept from the first statement of a connection, which may write two legs, for the next, which may write
# sixteen thousand: looking each row up by its index is right for both.
LOOPS = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"
# Where most rows meet few, they are fetched by their keys at once and joined by hashes.
HASHES = "SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off"
POSTING = """
CREATE FUNCTION ledgers_refuse(law text, said text, hint text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: %', said
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = law, HINT = hint;
END $$;

-- The legs that a statement added: whole transfers, balanced in each ledger, on accounts of the same book that were
-- open on the day. Then the sums that are kept beside them.
CREATE FUNCTION ledgers_legs_added() RETURNS trigger LANGUAGE plpgsql {HASHES} AS $$
DECLARE
    fault record;
    account_ids bigint[] := (SELECT array_agg(DISTINCT account_id) FROM added);
    -- A transfer without a first leg is not found, and so refused.
    transfer_ids uuid[] := (SELECT array_agg(transfer_id) FROM added WHERE position = 1);
BEGIN
    IF account_ids IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT transfer_id, bool_or(unknown) AS unknown, bool_or(elsewhere) AS elsewhere, bool_or(shut) AS shut,
            bool_or(amiss) AS amiss, bool_or(total <> 0) AS unbalanced
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
                    SELECT id, ledger_id, book_id, opened_on, closed_on FROM ledgers_account
                    WHERE id = ANY (account_ids)) a ON a.id = l.account_id
                LEFT JOIN (
                    SELECT id, book_id, legs_count, pending, day, number FROM ledgers_transfer
                    WHERE id = ANY (transfer_ids)) t ON t.id = l.transfer_id
            GROUP BY l.transfer_id, l.held, a.ledger_id
        ) one
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
    UPDATE ledgers_account a SET
            posted_debit = a.posted_debit + s.posted_debit, posted_credit = a.posted_credit + s.posted_credit,
            pending_debit = a.pending_debit + s.pending_debit, pending_credit = a.pending_credit + s.pending_credit
        FROM (
            SELECT account_id,
                coalesce(sum(amount) FILTER (WHERE amount > 0 AND NOT held), 0) AS posted_debit,
                coalesce(sum(-amount) FILTER (WHERE amount < 0 AND NOT held), 0) AS posted_credit,
                coalesce(sum(amount) FILTER (WHERE amount > 0 AND held), 0) AS pending_debit,
                coalesce(sum(-amount) FILTER (WHERE amount < 0 AND held), 0) AS pending_credit
            FROM added GROUP BY account_id
        ) s WHERE a.id = s.account_id AND a.id = ANY (account_ids);
    INSERT INTO ledgers_total AS t (account_id, months, starts_on, debit, credit)
        SELECT account_id, months, CASE months WHEN 1 THEN month ELSE date_trunc('year', month) END::date,
            sum(debit), sum(credit)
        FROM (
            SELECT account_id, date_trunc('month', day::timestamp) AS month,
                coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS debit,
                coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS credit
            FROM added WHERE NOT held GROUP BY 1, 2
        ) s CROSS JOIN (VALUES (1), (12)) span (months)
        GROUP BY 1, 2, 3
        ON CONFLICT (account_id, months, starts_on)
            DO UPDATE SET debit = t.debit + excluded.debit, credit = t.credit + excluded.credit;
    RETURN NULL;
END $$;
CREATE TRIGGER ledgers_legs_added AFTER INSERT ON ledgers_leg
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledgers_legs_added();

-- The transfers that a statement added: each with its legs and its entry in the book, on a day that takes it.
-- Whoever posts holds the book against the closing of a period; whoever closes one waits for them.
CREATE FUNCTION ledgers_transfers_added() RETURNS trigger LANGUAGE plpgsql {LOOPS} AS $$
DECLARE
    fault record;
BEGIN
    PERFORM FROM (SELECT DISTINCT book_id FROM added) d JOIN ledgers_book b ON b.id = d.book_id
        ORDER BY b.id FOR KEY SHARE OF b;
    -- Each row is looked up by its keys: scalar queries are not turned into joins, whatever the statistics say.
    SELECT * INTO fault FROM (
        SELECT f.id, f.kind, f.book IS NULL AS unknown, f.day < f.first_day AS early,
            (SELECT 1 FROM ledgers_leg l
                WHERE l.transfer_id = f.id AND l.held = f.pending AND l.position = 1) IS NULL AS bare,
            (SELECT e.subject FROM journal_entry e WHERE e.book = f.book AND e.book_sequence = f.number)
                IS DISTINCT FROM 'transfer:' || f.id AS unrecorded,
            (SELECT p.state FROM ledgers_period p WHERE p.book_id = f.book_id AND p.state <> 'open'
                AND f.day BETWEEN p.first_day AND p.last_day) AS state
        FROM (
            SELECT t.*, b.first_day, 'book:' || b.code AS book FROM added t LEFT JOIN ledgers_book b ON b.id = t.book_id
        ) f
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
    INSERT INTO ledgers_waiting (transfer_id, expires_at) SELECT id, expires_at FROM added WHERE pending;
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
CREATE TRIGGER ledgers_transfers_added AFTER INSERT ON ledgers_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledgers_transfers_added();

-- The resolutions that a statement added: of transfers that are pending, on a day that takes them. What was reserved
-- is set free, and a posted transfer gets the legs that it had reserved.
CREATE FUNCTION ledgers_resolutions_added() RETURNS trigger LANGUAGE plpgsql {LOOPS} AS $$
DECLARE
    fault record;
BEGIN
    PERFORM FROM ledgers_book WHERE id IN (
        SELECT t.book_id FROM added r JOIN ledgers_transfer t ON t.id = r.transfer_id) ORDER BY id FOR KEY SHARE;
    SELECT r.transfer_id AS id, w.transfer_id IS NULL AS idle, e.id IS NULL AS unrecorded, r.day < t.day AS early,
            p.state
        INTO fault
        FROM added r
            LEFT JOIN ledgers_transfer t ON t.id = r.transfer_id
            LEFT JOIN ledgers_book b ON b.id = t.book_id
            LEFT JOIN ledgers_waiting w ON w.transfer_id = r.transfer_id
            LEFT JOIN ledgers_period p ON r.outcome = 'posted' AND p.book_id = t.book_id
                AND r.day BETWEEN p.first_day AND p.last_day AND p.state <> 'open'
            LEFT JOIN journal_entry e ON e.book = 'book:' || b.code AND e.book_sequence = r.number
                AND e.subject = 'transfer:' || t.id
        WHERE w.transfer_id IS NULL OR e.id IS NULL OR r.day < t.day OR p.state = 'closed'
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
CREATE TRIGGER ledgers_resolutions_added AFTER INSERT ON ledgers_resolution
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledgers_resolutions_added();
"""

# What nothing else may touch.
KEEPING = """
-- Legs are append-only. Should that ever be lifted, a transfer still must balance at commit, both the one that a leg
-- was taken from and the one that it was given to.
CREATE FUNCTION ledgers_legs_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid;
BEGIN
    FOREACH touched IN ARRAY CASE TG_OP WHEN 'DELETE' THEN ARRAY[OLD.transfer_id]
            ELSE ARRAY[OLD.transfer_id, NEW.transfer_id] END LOOP
        IF EXISTS (
            SELECT FROM ledgers_leg l LEFT JOIN ledgers_account a ON a.id = l.account_id
            WHERE l.transfer_id = touched GROUP BY l.held, a.ledger_id HAVING sum(l.amount) <> 0
        ) OR EXISTS (
            SELECT FROM ledgers_transfer t WHERE t.id = touched
                AND t.legs_count <> (SELECT count(*) FROM ledgers_leg l WHERE l.transfer_id = t.id AND l.held = t.pending)
        ) OR NOT EXISTS (SELECT FROM ledgers_transfer t WHERE t.id = touched) THEN
            PERFORM ledgers_refuse('ledgers_balanced', format('the legs of transfer %s no longer balance', touched),
                'Correct it with a reversal.');
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledgers_legs_kept AFTER UPDATE OR DELETE ON ledgers_leg
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledgers_legs_kept();

-- Only the laws of posting touch the sums and what waits.
CREATE TRIGGER ledgers_total_kept BEFORE INSERT OR UPDATE OR DELETE ON ledgers_total
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER ledgers_waiting_kept BEFORE INSERT OR UPDATE OR DELETE ON ledgers_waiting
    FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION journal_refuse();

-- An account keeps its ledger, its side and its sums; it may be renamed, limited and closed, and is closed empty.
CREATE FUNCTION ledgers_account_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF (NEW.posted_debit, NEW.posted_credit, NEW.pending_debit, NEW.pending_credit) <> (0, 0, 0, 0)
            OR NOT EXISTS (SELECT FROM ledgers_ledger g WHERE g.id = NEW.ledger_id AND g.book_id = NEW.book_id)
            OR EXISTS (SELECT FROM ledgers_account p WHERE p.id = NEW.parent_id AND p.ledger_id <> NEW.ledger_id) THEN
            PERFORM ledgers_refuse('ledgers_account_kept', 'an account begins empty, in a ledger of its own book',
                'Open it through the acts of ledgers.');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.ledger_id, NEW.book_id, NEW.chart, NEW.code, NEW.element, NEW.side, NEW.opened_on,
            NEW.posted_debit, NEW.posted_credit, NEW.pending_debit, NEW.pending_credit)
        <> (OLD.id, OLD.ledger_id, OLD.book_id, OLD.chart, OLD.code, OLD.element, OLD.side, OLD.opened_on,
            OLD.posted_debit, OLD.posted_credit, OLD.pending_debit, OLD.pending_credit)
        OR NEW.parent_id IS DISTINCT FROM OLD.parent_id THEN
        PERFORM ledgers_refuse('ledgers_account_kept', 'an account keeps its ledger, its side and its sums',
            'Sums change by transfers alone.');
    END IF;
    IF NEW.closed_on IS NOT NULL AND NEW.closed_on IS DISTINCT FROM OLD.closed_on AND (
        NEW.posted_debit <> NEW.posted_credit
        OR EXISTS (SELECT FROM ledgers_leg l WHERE l.account_id = NEW.id AND NOT l.held AND l.day >= NEW.closed_on)) THEN
        PERFORM ledgers_refuse('ledgers_account_empty', 'an account is closed empty, after its last leg',
            'Move its balance first.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledgers_account_kept BEFORE INSERT OR UPDATE ON ledgers_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledgers_account_kept();
CREATE TRIGGER ledgers_account_stays BEFORE DELETE ON ledgers_account
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A closed period stays closed and keeps its days; whoever changes one waits for who posts in the book, and they for it.
CREATE FUNCTION ledgers_period_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledgers_book WHERE id = NEW.book_id FOR UPDATE;
    IF TG_OP = 'UPDATE' AND (OLD.state = 'closed'
        OR (NEW.id, NEW.book_id, NEW.first_day, NEW.last_day) <> (OLD.id, OLD.book_id, OLD.first_day, OLD.last_day)) THEN
        PERFORM ledgers_refuse('ledgers_period_kept', 'a closed period stays closed, and a period keeps its days',
            'Correct what was posted by a reversal on a day of its own.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledgers_period_kept BEFORE INSERT OR UPDATE ON ledgers_period
    FOR EACH ROW EXECUTE FUNCTION ledgers_period_kept();
CREATE TRIGGER ledgers_period_stays BEFORE DELETE ON ledgers_period
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
-- A book keeps its code, which the public log names, and its first day.
CREATE FUNCTION ledgers_book_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.code, NEW.first_day) <> (OLD.id, OLD.code, OLD.first_day) THEN
        PERFORM ledgers_refuse('ledgers_book_kept', 'a book keeps its code and its first day', 'Open another book.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledgers_book_kept BEFORE UPDATE ON ledgers_book
    FOR EACH ROW EXECUTE FUNCTION ledgers_book_kept();
CREATE TRIGGER ledgers_book_stays BEFORE DELETE ON ledgers_book
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A book by its code, behind the walls: whoever asks holds it against the actor's scope, and tells nobody else.
CREATE FUNCTION ledgers_known(book_code text) RETURNS TABLE (id uuid, code text, unit_id uuid, place_path ltree)
LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT b.id, b.code, b.unit_id, b.place_path FROM ledgers_book b WHERE b.code = book_code;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- What stands under an identifier that a client gave, behind the walls: whether the same was sent before.
CREATE FUNCTION ledgers_sent(sent uuid[]) RETURNS TABLE (id uuid, digest bytea, number bigint) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT t.id, t.digest, t.number FROM ledgers_transfer t WHERE t.id = ANY (sent);
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

# The second wall: books within the connection's sight, and what belongs to them.
WALLS = """
ALTER TABLE ledgers_book ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledgers_book FORCE ROW LEVEL SECURITY;
CREATE POLICY ledgers_add ON ledgers_book FOR INSERT WITH CHECK (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[])
    OR (SELECT tianqu_places()) @> place_path);
CREATE POLICY ledgers_see ON ledgers_book FOR SELECT USING (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[])
    OR (SELECT tianqu_places()) @> place_path);
CREATE POLICY ledgers_change ON ledgers_book FOR UPDATE USING (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[])
    OR (SELECT tianqu_places()) @> place_path);
"""


def wall(table: str, belongs: str) -> str:
    """Rows of a table are seen, added and changed where what they belong to is seen.

    What is posted is added freely, for the laws of posting look each row's account and book up within the same sight.
    """
    seen = f"(SELECT tianqu_everything()) OR EXISTS ({belongs})"
    added = seen if table in ("ledger", "account", "period") else "true"
    return f"""
ALTER TABLE ledgers_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledgers_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY ledgers_add ON ledgers_{table} FOR INSERT WITH CHECK ({added});
CREATE POLICY ledgers_see ON ledgers_{table} FOR SELECT USING ({seen});
CREATE POLICY ledgers_change ON ledgers_{table} FOR UPDATE USING ({seen}) WITH CHECK (true);
CREATE POLICY ledgers_remove ON ledgers_{table} FOR DELETE USING ({seen});
"""


OF_BOOK = "SELECT FROM ledgers_book b WHERE b.id = book_id"
OF_ACCOUNT = "SELECT FROM ledgers_account a WHERE a.id = account_id"
OF_TRANSFER = "SELECT FROM ledgers_transfer t WHERE t.id = transfer_id"
BELONGING = {
    "ledger": OF_BOOK,
    "account": OF_BOOK,
    "transfer": OF_BOOK,
    "period": OF_BOOK,
    "leg": OF_ACCOUNT,
    "total": OF_ACCOUNT,
    "resolution": OF_TRANSFER,
    "waiting": OF_TRANSFER,
}
TABLES = (*BELONGING, "book", "chart", "chart_mapping", "check")


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0001_initial"), ("journal", "0002_log_check"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(
            CHECKS + POSTING.replace("{LOOPS}", LOOPS).replace("{HASHES}", HASHES) + KEEPING, migrations.RunSQL.noop
        ),
        migrations.RunSQL(WALLS + "".join(wall(*each) for each in BELONGING.items()), migrations.RunSQL.noop),
        *[GuardTable(f"ledgers_{table}") for table in TABLES],
        AppendOnly("ledgers_transfer", erasable=("purpose",)),
        AppendOnly("ledgers_leg"),
        AppendOnly("ledgers_resolution"),
        AppendOnly("ledgers_ledger"),
        AppendOnly("ledgers_check"),
    ]
