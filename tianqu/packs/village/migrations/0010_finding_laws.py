"""The laws of findings: what an answer moves is posted by the closing of its finding, and by nothing else.

Also their wall, and what everybody may know of them.
"""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

CHECKS = """
ALTER TABLE village_finding
    ADD CONSTRAINT village_finding_subject CHECK (
        num_nonnulls(contract_id, parcel_id, holding_id, transfer_id) = 1
        AND (subject = 'contract') = (contract_id IS NOT NULL) AND (subject = 'parcel') = (parcel_id IS NOT NULL)
        AND (subject = 'holding') = (holding_id IS NOT NULL) AND (subject = 'transfer') = (transfer_id IS NOT NULL)),
    ADD CONSTRAINT village_finding_severity CHECK (severity IN ('notice', 'flag', 'severe')),
    ADD CONSTRAINT village_finding_days CHECK (rectify_by >= opened_on AND opened_on BETWEEN '1949-10-01' AND '2199-12-31'),
    ADD CONSTRAINT village_finding_ended CHECK (
        (closed_on IS NULL) = (upheld IS NULL) AND (closed_on IS NULL) = (closed_unit_id IS NULL)
        AND (closed_on IS NULL) = (closed_person_id IS NULL)),
    ADD CONSTRAINT village_finding_answered CHECK (upheld IS NOT TRUE OR answered_on IS NOT NULL),
    -- Whoever closes sits in another office than the village's, and than the one that answered.
    ADD CONSTRAINT village_finding_other_office CHECK (
        closed_unit_id IS NULL OR closed_unit_id <> unit_id AND closed_unit_id IS DISTINCT FROM answered_unit_id
            AND closed_person_id IS DISTINCT FROM answered_person_id);
ALTER TABLE village_finding_effect
    ADD CONSTRAINT village_effect_kind CHECK (
        kind IN ('land_recovered', 'claim_settled', 'debt_settled', 'rent_collected', 'other')
        AND unit = CASE kind WHEN 'land_recovered' THEN 'mu_4' ELSE 'fen' END),
    ADD CONSTRAINT village_effect_amount CHECK (amount BETWEEN 1 AND 1000000000000000);
ALTER TABLE village_drawing
    ADD CONSTRAINT village_drawing_days CHECK (first_day <= last_day AND last_day < draw_on),
    ADD CONSTRAINT village_drawing_count CHECK (count BETWEEN 1 AND 1000),
    ADD CONSTRAINT village_drawing_commitment CHECK (commitment ~ '^[0-9a-f]{64}$'),
    -- The seed that is told is the one that was committed to.
    ADD CONSTRAINT village_drawing_seed CHECK (
        seed = '' OR encode(sha256(convert_to(seed, 'UTF8')), 'hex') = commitment),
    ADD CONSTRAINT village_drawing_told CHECK (
        (seed = '') = (drawn_at IS NULL) AND (drawn_at IS NULL) = (population IS NULL));
ALTER TABLE village_drawn_finding
    ADD CONSTRAINT village_drawn_result CHECK (
        result IN ('', 'confirmed', 'reopened') AND (result = '') = (result_at IS NULL) AND position >= 1);
CREATE INDEX village_finding_place ON village_finding USING gist (place_path);
CREATE INDEX village_finding_transfer ON village_finding (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE INDEX village_drawing_place ON village_drawing USING gist (place_path);
"""

LAWS = """
-- A pending transfer on which an answer rests: of the village's own book, whole, and of a finding that is answered.
CREATE FUNCTION village_effect_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    lawful boolean;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);  -- a law is not blind to what its breaker cannot see
    SELECT t.pending AND t.expires_at IS NULL AND w.transfer_id IS NOT NULL AND t.reference = 'finding:' || f.order_id
            AND b.place_path = f.place_path AND f.place_path = NEW.place_path AND n.place_path = NEW.place_path
            AND n.finding_id = f.order_id AND o.state = 'done' AND m.units = 1 AND m.unit = NEW.unit
            AND m.amount = NEW.amount
        INTO lawful
        FROM village_finding f
            JOIN orders_order o ON o.id = f.order_id
            JOIN village_finding_answer n ON n.id = NEW.answer_id
            JOIN ledgers_transfer t ON t.id = NEW.transfer_id
            JOIN ledgers_book b ON b.id = t.book_id
            LEFT JOIN ledgers_waiting w ON w.transfer_id = t.id
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT e.unit) AS units, min(e.unit) AS unit,
                    sum(l.amount) FILTER (WHERE l.amount > 0) AS amount
                FROM ledgers_leg l JOIN ledgers_account a ON a.id = l.account_id JOIN ledgers_ledger e ON e.id = a.ledger_id
                WHERE l.transfer_id = t.id AND l.held) m
        WHERE f.order_id = NEW.finding_id;
    IF lawful IS NOT TRUE THEN
        PERFORM village_refuse('village_effect_lawful',
            format('transfer %s is not what an answer can rest on', NEW.transfer_id),
            'Reserve it as pending in the village''s own book, under the reference of an answered finding.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN NEW;
END $$;
CREATE TRIGGER village_effect_lawful BEFORE INSERT ON village_finding_effect
    FOR EACH ROW EXECUTE FUNCTION village_effect_lawful();

-- What an answer rests on is taken back once, when its finding is opened again; nothing else of it changes.
CREATE FUNCTION village_effect_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reversal_id IS NOT NULL OR to_jsonb(NEW) - 'reversal_id' <> to_jsonb(OLD) - 'reversal_id'
        OR NOT EXISTS (SELECT FROM ledgers_transfer t WHERE t.id = NEW.reversal_id AND t.reverses = OLD.transfer_id) THEN
        PERFORM village_refuse('village_effect_kept', 'what an answer rests on stays written', 'Open the finding again.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_effect_kept BEFORE UPDATE ON village_finding_effect
    FOR EACH ROW EXECUTE FUNCTION village_effect_kept();
CREATE TRIGGER village_effect_stays BEFORE DELETE ON village_finding_effect
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- The state of the finding whose answer rests on a transfer; null for every other transfer.
CREATE FUNCTION village_state_for(transfer uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found text;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT o.state INTO found FROM village_finding_effect e JOIN orders_order o ON o.id = e.finding_id
        WHERE e.transfer_id = transfer;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;

-- It is posted while its finding is closed, and voided while it is sent back or dismissed: both happen within the act
-- that says so, for the finding has no pending transfers in any of these states once the act is over.
CREATE FUNCTION village_effect_resolved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text := village_state_for(NEW.transfer_id);
BEGIN
    IF state IS NOT NULL AND NOT (CASE NEW.outcome WHEN 'posted' THEN state = 'closed'
            ELSE state IN ('accepted', 'refused') END) THEN
        PERFORM ledgers_refuse('ledgers_held', format('transfer %s waits for its finding', NEW.transfer_id),
            'It is posted or voided when the finding is closed or dismissed.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER village_effect_resolved AFTER INSERT ON ledgers_resolution
    FOR EACH ROW EXECUTE FUNCTION village_effect_resolved();
CREATE FUNCTION village_effect_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    state text := village_state_for(NEW.reverses);
BEGIN
    IF state IS NOT NULL AND state <> 'accepted' THEN
        PERFORM ledgers_refuse('ledgers_held', format('transfer %s stands with its finding', NEW.reverses),
            'It is taken back when the finding is opened again.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER village_effect_reversed AFTER INSERT ON ledgers_transfer
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION village_effect_reversed();

-- A finding and its order say the same, and what its answers rest on is what both say: looked at when it is committed,
-- for each finding that was touched.
CREATE FUNCTION village_finding_whole(finding uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    f village_finding%ROWTYPE;
    o orders_order%ROWTYPE;
    waiting bigint;
    standing bigint;  -- posted and not taken back
    lost bigint;  -- of the last answer, and neither waiting nor standing
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT * INTO f FROM village_finding WHERE order_id = finding;
    SELECT * INTO o FROM orders_order WHERE id = finding;
    SELECT count(*) FILTER (WHERE r.transfer_id IS NULL),
            count(*) FILTER (WHERE r.outcome = 'posted' AND e.reversal_id IS NULL),
            count(*) FILTER (WHERE (r.outcome = 'voided' OR e.reversal_id IS NOT NULL) AND e.answer_id = (
                SELECT a.id FROM village_finding_answer a WHERE a.finding_id = finding ORDER BY a.sequence DESC LIMIT 1))
        INTO waiting, standing, lost
        FROM village_finding_effect e LEFT JOIN ledgers_resolution r ON r.transfer_id = e.transfer_id
        WHERE e.finding_id = finding;
    IF f.order_id IS NOT NULL AND NOT (CASE o.state
            WHEN 'closed' THEN f.upheld IS TRUE AND waiting = 0 AND lost = 0
            WHEN 'refused' THEN f.upheld IS FALSE AND waiting = 0 AND standing = 0
            WHEN 'done' THEN f.upheld IS NULL AND f.answered_on IS NOT NULL AND standing = 0 AND lost = 0
            ELSE o.state IN ('dispatched', 'accepted') AND f.upheld IS NULL AND waiting = 0 AND standing = 0 END) THEN
        PERFORM village_refuse('village_finding_whole',
            format('the finding %s and what it rests on do not say the same', finding),
            'Close, dismiss, send back and open again through the acts of findings.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
CREATE FUNCTION village_finding_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM village_finding_whole(CASE TG_TABLE_NAME WHEN 'orders_order' THEN to_jsonb(NEW) ->> 'id'
        WHEN 'village_finding' THEN to_jsonb(NEW) ->> 'order_id' ELSE to_jsonb(NEW) ->> 'finding_id' END::uuid);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER village_finding_whole AFTER INSERT OR UPDATE ON village_finding
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION village_finding_touched();
CREATE CONSTRAINT TRIGGER village_finding_whole AFTER INSERT OR UPDATE ON village_finding_effect
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION village_finding_touched();
CREATE CONSTRAINT TRIGGER village_finding_whole AFTER UPDATE ON orders_order
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.asker_kind = 'office' AND NEW.state <> OLD.state)
    EXECUTE FUNCTION village_finding_touched();

-- A finding stays what it was opened as.
CREATE FUNCTION village_finding_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moving text[] := ARRAY['rectify_by', 'answered_on', 'answered_unit_id', 'answered_person_id', 'closed_on',
        'closed_unit_id', 'closed_person_id', 'upheld'];
BEGIN
    IF to_jsonb(NEW) - moving <> to_jsonb(OLD) - moving THEN
        PERFORM village_refuse('village_finding_kept', 'a finding stays what it was opened as', 'Open another one.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_finding_kept BEFORE UPDATE ON village_finding
    FOR EACH ROW EXECUTE FUNCTION village_finding_kept();
CREATE TRIGGER village_finding_stays BEFORE DELETE ON village_finding
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A drawing is drawn once, not before its day; what was announced and what was drawn stay.
CREATE FUNCTION village_drawing_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text[] := ARRAY['seed', 'drawn_at', 'population'];
BEGIN
    IF OLD.drawn_at IS NOT NULL OR to_jsonb(NEW) - told <> to_jsonb(OLD) - told THEN
        PERFORM village_refuse('village_drawing_kept', 'a drawing stays as it was announced, and is drawn once',
            'Announce another one.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_drawing_kept BEFORE UPDATE ON village_drawing
    FOR EACH ROW EXECUTE FUNCTION village_drawing_kept();
CREATE TRIGGER village_drawing_stays BEFORE DELETE ON village_drawing
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE FUNCTION village_drawn_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    told text[] := ARRAY['result', 'result_at', 'result_unit_id'];
BEGIN
    IF OLD.result <> '' OR to_jsonb(NEW) - told <> to_jsonb(OLD) - told THEN
        PERFORM village_refuse('village_drawn_kept', 'what was drawn stays, and its result is told once', 'Draw again.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_drawn_kept BEFORE UPDATE ON village_drawn_finding
    FOR EACH ROW EXECUTE FUNCTION village_drawn_kept();
CREATE TRIGGER village_drawn_stays BEFORE DELETE ON village_drawn_finding
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""

# What everybody may know: numbers, days and states, and nothing that somebody wrote.
PUBLIC = """
CREATE FUNCTION village_findings_told(of_place ltree, until timestamptz)
RETURNS TABLE (id uuid, code text, place_id uuid, place_path ltree, subject text, number text, rule text, severity text,
    opened_on date, rectify_by date, state text, since timestamptz, closed_on date, land_mu_4 bigint, money_fen bigint)
LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT f.order_id, o.code, f.place_id, f.place_path, f.subject, f.number, f.rule, f.severity,
            f.opened_on, f.rectify_by, e.to_state, e.at, f.closed_on, coalesce(s.land, 0)::bigint, coalesce(s.money, 0)::bigint
        FROM village_finding f
            JOIN orders_order o ON o.id = f.order_id
            CROSS JOIN LATERAL (  -- where it stood at that time, and since when
                SELECT v.to_state, v.at FROM orders_event v WHERE v.order_id = f.order_id AND v.at < until
                    AND v.from_state <> v.to_state ORDER BY v.sequence DESC LIMIT 1) e
            LEFT JOIN LATERAL (
                SELECT sum(x.amount) FILTER (WHERE x.unit = 'mu_4') AS land, sum(x.amount) FILTER (WHERE x.unit = 'fen') AS money
                FROM village_finding_effect x JOIN ledgers_resolution r ON r.transfer_id = x.transfer_id
                WHERE x.finding_id = f.order_id AND r.outcome = 'posted' AND r.at < until AND x.reversal_id IS NULL) s ON true
        WHERE f.place_path <@ of_place;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- What closed findings put right: three sums of rows.
CREATE FUNCTION village_put_right(of_place ltree, first_day date, last_day date)
RETURNS TABLE (findings bigint, contracts bigint, land_mu_4 bigint, claims_fen bigint, debts_fen bigint) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY WITH closed AS (
            SELECT f.order_id, f.contract_id FROM village_finding f
            WHERE f.place_path <@ of_place AND f.upheld AND f.closed_on BETWEEN first_day AND last_day
        ), moved AS (
            SELECT e.kind, sum(e.amount) AS amount FROM closed c
                JOIN village_finding_effect e ON e.finding_id = c.order_id AND e.reversal_id IS NULL
                JOIN ledgers_resolution r ON r.transfer_id = e.transfer_id AND r.outcome = 'posted'
            GROUP BY e.kind
        )
        SELECT (SELECT count(*) FROM closed), (SELECT count(DISTINCT c.contract_id) FROM closed c),
            coalesce((SELECT m.amount FROM moved m WHERE m.kind = 'land_recovered'), 0)::bigint,
            coalesce((SELECT m.amount FROM moved m WHERE m.kind = 'claim_settled'), 0)::bigint,
            coalesce((SELECT m.amount FROM moved m WHERE m.kind = 'debt_settled'), 0)::bigint;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- What was drawn, with what the second look came to.
CREATE FUNCTION village_drawn_told(of_drawing uuid)
RETURNS TABLE ("position" integer, code text, place_path ltree, number text, rule text, result text, result_at timestamptz)
LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT d.position, o.code, d.place_path, f.number, f.rule, d.result, d.result_at
        FROM village_drawn_finding d JOIN village_finding f ON f.order_id = d.finding_id
            JOIN orders_order o ON o.id = f.order_id
        WHERE d.drawing_id = of_drawing ORDER BY d.position;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- The seed of a drawing, for the act that draws.
CREATE FUNCTION village_seed_of(of_drawing uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found text;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT s.seed INTO found FROM village_drawing_seed s WHERE s.drawing_id = of_drawing;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;

-- Whether an identifier that a client gave stands for a finding, an answer or a drawing already, whosever it is.
CREATE FUNCTION village_matter_known(given uuid) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found bytea;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT k.digest INTO found FROM (
        SELECT f.digest FROM village_finding f WHERE f.order_id = given
        UNION ALL SELECT a.digest FROM village_finding_answer a WHERE a.id = given
        UNION ALL SELECT d.digest FROM village_drawing d WHERE d.id = given) k LIMIT 1;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;
"""

WALLED = ("finding", "finding_answer", "finding_effect", "drawn_finding")


def wall(table: str) -> str:
    """Rows of a table are seen and touched where their village is within the connection's sight, and nowhere else."""
    seen = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
    return f"""
ALTER TABLE village_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_{table} USING ({seen}) WITH CHECK ({seen});
"""


# A drawing is for everybody to see; its seed, until it is told, for nobody.
OPEN = """
ALTER TABLE village_drawing ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_drawing FORCE ROW LEVEL SECURITY;
CREATE POLICY village_see ON village_drawing FOR SELECT USING (true);
CREATE POLICY village_add ON village_drawing FOR INSERT WITH CHECK (
    (SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path);
CREATE POLICY village_change ON village_drawing FOR UPDATE USING (
    (SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path);
ALTER TABLE village_drawing_seed ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_drawing_seed FORCE ROW LEVEL SECURITY;
CREATE POLICY village_see ON village_drawing_seed FOR SELECT USING ((SELECT tianqu_everything()));
CREATE POLICY village_add ON village_drawing_seed FOR INSERT WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0009_findings"), ("ledgers", "0004_quicker_laws"), ("orders", "0002_laws")]

    operations = [
        migrations.RunSQL(CHECKS + LAWS + PUBLIC, migrations.RunSQL.noop),
        migrations.RunSQL("".join(wall(table) for table in WALLED) + OPEN, migrations.RunSQL.noop),
        *[GuardTable(f"village_{table}") for table in (*WALLED, "drawing", "drawing_seed")],
        AppendOnly("village_finding_answer"),
        AppendOnly("village_drawing_seed"),
    ]
