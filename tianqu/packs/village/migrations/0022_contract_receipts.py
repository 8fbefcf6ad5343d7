"""What everybody may read of contracts tells every sum that a village's book received for one, and what it took back."""

from django.db import migrations

# In order: where a row begins, by which key it is told apart, and which of its receipts it is about.
TAKEN_IN = """
    UNION ALL (
        SELECT replace({key}::text, '-', '') AS key, {at} AS told_at, c.id AS contract, t.id AS receipt, {back} AS back
        FROM {rows}
            JOIN ledgers_book b ON b.id = t.book_id
            JOIN village_contract c ON c.id = village_contract_named(t.reference) AND c.place_path = b.place_path
        WHERE {which} AND t.reference ^@ 'contract:' AND t.kind = ANY(kinds) AND b.place_path <@ in_place
            AND (of_contract IS NULL OR t.reference = 'contract:' || of_contract::text)
            AND {at} >= first_at AND {at} < end_at AND {at} >= after_at
            AND ({at} > after_at OR replace({key}::text, '-', '') COLLATE "C" > after_key)
            AND village_receipt_amount(t.id, codes) > 0
            AND EXISTS (SELECT FROM village_contract_version v WHERE v.contract_id = c.id AND v.at <= {at})
        ORDER BY {at}, {key} LIMIT most)
"""
RECEIVED = TAKEN_IN.format(key="t.id", at="t.at", back="false", rows="ledgers_transfer t", which="NOT t.pending")
POSTED_LATER = TAKEN_IN.format(
    key="t.id", at="r.at", back="false", which="r.outcome = 'posted'",
    rows="ledgers_resolution r JOIN ledgers_transfer t ON t.id = r.transfer_id",
)  # fmt: skip
TAKEN_BACK = TAKEN_IN.format(
    key="q.id", at="q.at", back="true", which="q.reverses IS NOT NULL",
    rows="ledgers_transfer q JOIN ledgers_transfer t ON t.id = q.reverses",
)  # fmt: skip

TOLD = f"""
CREATE INDEX village_receipts_told ON ledgers_transfer (at, id) WHERE reference ^@ 'contract:';
CREATE INDEX village_reversals_told ON ledgers_transfer (at, id) WHERE reverses IS NOT NULL;
CREATE INDEX village_posted_told ON ledgers_resolution (at, transfer_id) WHERE outcome = 'posted';

-- The contract that a transfer names; null for what names none.
CREATE FUNCTION village_contract_named(reference text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN reference ~ '^contract:[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$'
        THEN substr(reference, 10)::uuid END
$$;

-- How much a transfer brought into the cash of its book, once it was posted.
CREATE FUNCTION village_receipt_amount(transfer uuid, codes text[]) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(l.amount), 0)::bigint
    FROM ledgers_leg l JOIN ledgers_account a ON a.id = l.account_id JOIN ledgers_ledger g ON g.id = a.ledger_id
    WHERE l.transfer_id = transfer AND NOT l.held AND g.unit = 'fen' AND a.element = 'assets' AND a.code ^@ ANY(codes)
$$;

-- What the books received for some contracts, each once, the oldest first: rent by rent as ``received.py`` counts it.
CREATE FUNCTION village_received_told(contracts uuid[], kinds text[], codes text[])
RETURNS TABLE (contract_id uuid, transfer_id uuid, day date, amount bigint, told_at timestamptz, back_at timestamptz,
    back_on date)
LANGUAGE plpgsql SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT c.id, t.id, coalesce(r.day, t.day), m.amount, coalesce(r.at, t.at), q.at, q.day
        FROM village_contract c
            JOIN ledgers_transfer t ON t.reference = 'contract:' || c.id::text AND t.reference <> ''
            JOIN ledgers_book b ON b.id = t.book_id AND b.place_path = c.place_path
            CROSS JOIN LATERAL (SELECT village_receipt_amount(t.id, codes) AS amount) m
            LEFT JOIN ledgers_resolution r ON r.transfer_id = t.id
            LEFT JOIN ledgers_transfer q ON q.reverses = t.id
        WHERE c.id = ANY(contracts) AND t.kind = ANY(kinds) AND m.amount > 0
        ORDER BY coalesce(r.day, t.day), t.number, t.id;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- What everybody may read of contracts, behind the wall: kinds, days and numbers, and no word that somebody typed. A row
-- is something written in the register, or a receipt of the book with what stood in the register then.
DROP FUNCTION village_contracts_told(ltree, timestamptz, timestamptz, uuid, timestamptz, bigint, int);
CREATE FUNCTION village_contracts_told(
    in_place ltree, first_at timestamptz, end_at timestamptz, of_contract uuid, after_at timestamptz, after_key text,
    most int, kinds text[], codes text[]
) RETURNS TABLE (
    id bigint, key text, contract_id uuid, place_id uuid, place_path ltree, version int, event text, at timestamptz,
    facts jsonb, receipt uuid, taken_back boolean, first boolean
) LANGUAGE plpgsql SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY WITH told AS (
        (SELECT lpad(v.id::text, 32, '0') AS key, v.at AS told_at, v.contract_id AS contract, NULL::uuid AS receipt,
                false AS back
            FROM village_contract_version v
            WHERE v.place_path <@ in_place AND v.at >= first_at AND v.at < end_at AND v.at >= after_at
                AND (v.at > after_at OR lpad(v.id::text, 32, '0') COLLATE "C" > after_key)
                AND (of_contract IS NULL OR v.contract_id = of_contract)
            ORDER BY v.at, v.id LIMIT most)
        {RECEIVED} {POSTED_LATER} {TAKEN_BACK}
    )
    SELECT s.id, w.key, c.id, c.place_id, s.place_path, s.version, s.event, w.told_at, s.facts, w.receipt, w.back,
        NOT EXISTS (SELECT FROM village_contract_version e WHERE e.contract_id = c.id AND e.version < s.version)
    FROM told w JOIN village_contract c ON c.id = w.contract
        CROSS JOIN LATERAL (  -- what stood in the register then
            SELECT v.* FROM village_contract_version v WHERE v.contract_id = c.id AND v.at <= w.told_at
                AND (w.receipt IS NOT NULL OR lpad(v.id::text, 32, '0') = w.key)
            ORDER BY v.version DESC LIMIT 1) s
    ORDER BY w.told_at, w.key COLLATE "C" LIMIT most;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

BEFORE = """
DROP FUNCTION village_contracts_told(
    ltree, timestamptz, timestamptz, uuid, timestamptz, text, int, text[], text[]);
DROP FUNCTION village_received_told(uuid[], text[], text[]);
DROP FUNCTION village_receipt_amount(uuid, text[]);
DROP FUNCTION village_contract_named(text);
DROP INDEX village_receipts_told, village_reversals_told, village_posted_told;
CREATE FUNCTION village_contracts_told(
    in_place ltree, first_at timestamptz, end_at timestamptz, of_contract uuid, after_at timestamptz, after_id bigint,
    most int
) RETURNS TABLE (
    id bigint, contract_id uuid, place_id uuid, place_path ltree, version int, event text, at timestamptz, facts jsonb
) LANGUAGE plpgsql SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT v.id, v.contract_id, c.place_id, v.place_path, v.version, v.event, v.at, v.facts
        FROM village_contract_version v JOIN village_contract c ON c.id = v.contract_id
        WHERE v.place_path <@ in_place AND v.at >= first_at AND v.at < end_at AND (v.at, v.id) > (after_at, after_id)
            AND (of_contract IS NULL OR v.contract_id = of_contract)
        ORDER BY v.at, v.id LIMIT most;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0021_finding_comments"), ("ledgers", "0007_laws_with_open_eyes")]

    operations = [migrations.RunSQL(TOLD, BEFORE)]
