"""What everybody may know of a finding: what was booked with it by a day is told by business days, as in the book."""

from django.db import migrations

TOLD = """
DROP FUNCTION village_findings_told(ltree, timestamptz);
CREATE FUNCTION village_findings_told(of_place ltree, until timestamptz, as_of date)
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
                    LEFT JOIN ledgers_transfer b ON b.id = x.reversal_id
                WHERE x.finding_id = f.order_id AND r.outcome = 'posted' AND r.day <= as_of
                    AND (b.day IS NULL OR b.day > as_of)) s ON true
        WHERE f.place_path <@ of_place;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0013_desk_laws")]

    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]
