"""The laws of culture: who sees what; no payment without both words, evidence and ratings; one state in all books."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
UNITS = "ANY ((SELECT tianqu_units())::uuid[])"
OFFICE = f"{EVERYTHING} OR unit_id = {UNITS}"
OWN = f"{EVERYTHING} OR person_id = (SELECT tianqu_person())"
CHECKS = """
CREATE INDEX culture_wish_place ON culture_wish USING gist (place_path);
CREATE INDEX culture_performance_place ON culture_performance USING gist (place_path);
ALTER TABLE culture_work ADD CONSTRAINT culture_work_length CHECK (length_minutes BETWEEN 1 AND 600);
ALTER TABLE culture_contract ADD CONSTRAINT culture_contract_terms CHECK (
    starts_on <= ends_on AND rating_floor BETWEEN 100 AND 500 AND raters_least >= 1);
ALTER TABLE culture_offer ADD CONSTRAINT culture_offer_price CHECK (price_fen > 0);
ALTER TABLE culture_wish ADD CONSTRAINT culture_wish_votes CHECK (votes >= 0);
ALTER TABLE culture_rating ADD CONSTRAINT culture_rating_stars CHECK (stars BETWEEN 1 AND 5);
ALTER TABLE culture_performance
    ADD CONSTRAINT culture_performance_days CHECK (first_day <= last_day),
    ADD CONSTRAINT culture_performance_engaged CHECK (
        num_nulls(troupe_id, troupe_unit_id, contract_id, starts_at, price_fen, transfer_id, rating_floor,
            raters_least) IN (0, 8)
        AND (stand IN ('ordered', 'cancelled') OR transfer_id IS NOT NULL)
        AND (stand <> 'ordered' OR transfer_id IS NULL)),
    ADD CONSTRAINT culture_performance_given CHECK (
        num_nulls(given_at, attendance_troupe, evidence_id) IN (0, 3) AND attendance_troupe > 0
        AND (given_at IS NOT NULL OR stand NOT IN ('given', 'confirmed', 'disputed', 'paid', 'refused'))),
    -- A village's word alone is none.
    ADD CONSTRAINT culture_performance_confirmed CHECK (
        (confirmed_at IS NULL) = (attendance_village IS NULL) AND (confirmed_at IS NULL OR given_at IS NOT NULL)
        AND (stand NOT IN ('confirmed', 'paid') OR (confirmed_at IS NOT NULL AND attendance IS NOT NULL))
        AND (stand <> 'paid' OR attendance > 0)),
    ADD CONSTRAINT culture_performance_decided CHECK (
        (stand IN ('paid', 'refused', 'cancelled')) = (decided_on IS NOT NULL)
        AND (stand NOT IN ('refused', 'cancelled') OR reason <> '') AND (stand = 'cancelled') = (cause <> '')),
    ADD CONSTRAINT culture_performance_rated CHECK (rating_sum BETWEEN rating_count AND 5 * rating_count);

CREATE FUNCTION culture_refuse(law text, told text, hint text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: %', told USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = law, HINT = hint;
END $$;

-- Evidence is a picture that is attached to this very order.
CREATE FUNCTION culture_evidence_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM orders_attachment a WHERE a.id = NEW.evidence_id AND a.order_id = NEW.order_id
            AND a.media_type LIKE 'image/%') THEN
        PERFORM culture_refuse('culture_evidence_shown', 'no picture of this order shows it', 'Attach one.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER culture_evidence_shown BEFORE INSERT OR UPDATE OF evidence_id ON culture_performance
    FOR EACH ROW WHEN (NEW.evidence_id IS NOT NULL) EXECUTE FUNCTION culture_evidence_shown();

-- It is paid when enough of the village rate it at the contract's floor, or too few do and the office says why.
CREATE FUNCTION culture_paid_rightly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT (CASE WHEN NEW.rating_count < NEW.raters_least THEN NEW.reason <> ''
            ELSE NEW.rating_sum * 100 >= NEW.rating_floor * NEW.rating_count END) THEN
        PERFORM culture_refuse('culture_paid_rightly', 'the ratings of the village do not release this payment',
            'Wait for ratings, say why it is paid with few, or refuse it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER culture_paid_rightly BEFORE INSERT OR UPDATE OF stand ON culture_performance
    FOR EACH ROW WHEN (NEW.stand = 'paid') EXECUTE FUNCTION culture_paid_rightly();

-- What was decided stays decided, and what was set aside for it stays the same.
CREATE FUNCTION culture_performance_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.stand IN ('paid', 'refused', 'cancelled') AND (to_jsonb(NEW) - '{rating_count,rating_sum,changed_at}'::text[])
            <> (to_jsonb(OLD) - '{rating_count,rating_sum,changed_at}'::text[])
        OR OLD.transfer_id IS NOT NULL AND (NEW.transfer_id, NEW.price_fen, NEW.contract_id, NEW.rating_floor)
            IS DISTINCT FROM (OLD.transfer_id, OLD.price_fen, OLD.contract_id, OLD.rating_floor) THEN
        PERFORM culture_refuse('culture_performance_kept', 'what was decided stays', 'Look at it again.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER culture_performance_kept BEFORE UPDATE ON culture_performance
    FOR EACH ROW EXECUTE FUNCTION culture_performance_kept();
CREATE TRIGGER culture_performance_stays BEFORE DELETE ON culture_performance
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A commitment is posted when its performance is paid, voided when it is refused or called off, and never taken back.
CREATE FUNCTION culture_stand_of(transfer uuid) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found text;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT p.stand INTO found FROM culture_performance p WHERE p.transfer_id = transfer;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;
CREATE FUNCTION culture_commitment_resolved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stand text := culture_stand_of(NEW.transfer_id);
BEGIN
    IF stand IS NOT NULL AND NOT (CASE NEW.outcome WHEN 'posted' THEN stand = 'paid'
            ELSE stand IN ('refused', 'cancelled') END) THEN
        PERFORM ledgers_refuse('ledgers_held', format('transfer %s waits for its performance', NEW.transfer_id),
            'It is posted when the performance is paid, and voided when it is refused or called off.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER culture_commitment_resolved AFTER INSERT ON ledgers_resolution
    FOR EACH ROW EXECUTE FUNCTION culture_commitment_resolved();
CREATE FUNCTION culture_commitment_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF culture_stand_of(NEW.reverses) IS NOT NULL THEN
        PERFORM ledgers_refuse('ledgers_held', format('transfer %s paid for a performance', NEW.reverses),
            'What was paid for a performance stays.');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER culture_commitment_reversed AFTER INSERT ON ledgers_transfer
    FOR EACH ROW WHEN (NEW.reverses IS NOT NULL) EXECUTE FUNCTION culture_commitment_reversed();

-- A performance, its order and its commitment say the same, looked at when it is committed.
CREATE FUNCTION culture_performance_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    p culture_performance%ROWTYPE;
    lawful boolean;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT * INTO p FROM culture_performance WHERE order_id = NEW.order_id;
    SELECT o.state = (CASE p.stand WHEN 'ordered' THEN 'placed' WHEN 'committed' THEN 'dispatched'
                WHEN 'accepted' THEN 'accepted' WHEN 'paid' THEN 'closed' WHEN 'refused' THEN 'refused'
                WHEN 'cancelled' THEN 'withdrawn' ELSE 'done' END)
            AND (p.transfer_id IS NULL OR EXISTS (
                SELECT FROM ledgers_transfer t JOIN ledgers_leg l ON l.transfer_id = t.id AND l.held
                WHERE t.id = p.transfer_id AND t.reference = 'performance:' || p.order_id AND l.amount = p.price_fen))
            AND (p.transfer_id IS NULL OR coalesce(r.outcome, 'waits') = (CASE WHEN p.stand = 'paid' THEN 'posted'
                WHEN p.stand IN ('refused', 'cancelled') THEN 'voided' ELSE 'waits' END))
        INTO lawful FROM orders_order o LEFT JOIN ledgers_resolution r ON r.transfer_id = p.transfer_id
        WHERE o.id = p.order_id;
    IF lawful IS NOT TRUE OR NOT EXISTS (SELECT FROM culture_rating g WHERE g.performance_id = p.order_id
            HAVING count(*) = p.rating_count AND coalesce(sum(g.stars), 0) = p.rating_sum) THEN
        PERFORM culture_refuse('culture_performance_whole',
            format('the performance %s, its order, its money and its ratings do not say the same', p.order_id),
            'Go through the acts of culture.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER culture_performance_whole AFTER INSERT OR UPDATE ON culture_performance
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION culture_performance_whole();

-- How many wish for something is how many have voted.
CREATE FUNCTION culture_votes_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    wish bigint := CASE TG_TABLE_NAME WHEN 'culture_wish' THEN to_jsonb(NEW) ->> 'id'
        ELSE coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> 'wish_id' END;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    IF (SELECT votes FROM culture_wish w WHERE w.id = wish)
            <> (SELECT count(*) FROM culture_vote v WHERE v.wish_id = wish) THEN
        PERFORM culture_refuse('culture_votes_counted', 'a count of votes is not that of its votes', 'Vote again.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER culture_votes_counted AFTER INSERT OR UPDATE ON culture_wish
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION culture_votes_counted();
CREATE CONSTRAINT TRIGGER culture_votes_counted AFTER INSERT OR DELETE ON culture_vote
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION culture_votes_counted();
"""


def wall(table: str, *, seen: str, added: str, changed: str, dropped: str = "false") -> str:
    return f"""
ALTER TABLE culture_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE culture_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY culture_see ON culture_{table} FOR SELECT USING ({seen});
CREATE POLICY culture_add ON culture_{table} FOR INSERT WITH CHECK ({added});
CREATE POLICY culture_change ON culture_{table} FOR UPDATE USING ({changed});
CREATE POLICY culture_drop ON culture_{table} FOR DELETE USING ({dropped});
"""


PLACE = f"{OFFICE} OR (SELECT tianqu_places()) @> place_path"
WALLS = "".join(
    [
        *(wall(table, seen="true", added=OFFICE, changed=OFFICE) for table in ("troupe", "work", "contract")),
        wall("offer", seen="true", added=OFFICE, changed=OFFICE, dropped=OFFICE),
        wall("performance", seen="true", added=PLACE, changed=f"{PLACE} OR troupe_unit_id = {UNITS}"),
        wall("wish", seen="true", added=EVERYTHING, changed=EVERYTHING),
        wall("villager", seen=OWN, added=OWN, changed=OWN, dropped=EVERYTHING),
        wall("vote", seen=OWN, added=EVERYTHING, changed=EVERYTHING, dropped=EVERYTHING),
        wall("rating", seen=OWN, added=EVERYTHING, changed=EVERYTHING),
    ]
)
TABLES = ("troupe", "work", "contract", "offer", "performance", "wish", "villager", "vote", "rating")


class Migration(migrations.Migration):
    dependencies = [("culture", "0001_initial"), ("places", "0001_initial"), ("ledgers", "0007_laws_with_open_eyes"),
                    ("orders", "0002_laws")]  # fmt: skip

    operations = [
        migrations.RunSQL(CHECKS + WALLS, migrations.RunSQL.noop),
        *[GuardTable(f"culture_{table}") for table in TABLES],
    ]
