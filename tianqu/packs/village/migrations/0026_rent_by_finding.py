"""Rent that is collected through a finding is booked about its contract, so that it pays the contract's rent."""

from django.db import migrations

LAWFUL = """
-- A pending transfer on which an answer rests: of the village's own book, whole, and of a finding that is answered.
CREATE OR REPLACE FUNCTION village_effect_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    lawful boolean;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);  -- a law is not blind to what its breaker cannot see
    SELECT t.pending AND t.expires_at IS NULL AND w.transfer_id IS NOT NULL AND ({about})
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
"""
FINDING = "t.reference = 'finding:' || f.order_id"
CONTRACT = """NEW.kind = 'rent_collected' AND EXISTS (SELECT FROM village_contract c
                WHERE c.id = village_contract_named(t.reference) AND c.place_path = f.place_path
                    AND (f.contract_id IS NULL OR f.contract_id = c.id))"""


def law(about: str) -> str:
    """The law, with what the transfer may be about."""
    return LAWFUL.replace("{about}", about)


class Migration(migrations.Migration):
    dependencies = [("village", "0025_findings_overdue")]

    operations = [migrations.RunSQL(law(f"{FINDING} OR {CONTRACT}"), law(FINDING))]
