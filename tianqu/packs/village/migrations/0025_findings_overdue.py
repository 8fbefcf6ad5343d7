"""What villages left undone past its day, sorted and paged by the database, which reads no more than a page."""

from django.db import migrations

OVERDUE = """
-- ``zone`` says on which day something was answered; ``behind_day`` and ``behind_id`` are null for the first page.
CREATE FUNCTION village_findings_overdue(of_place ltree, until timestamptz, as_of date, zone text, behind_day date,
    behind_id uuid, most integer)
RETURNS TABLE (id uuid, code text, place_id uuid, place_path ltree, subject text, number text, rule text, severity text,
    opened_on date, rectify_by date, state text, since timestamptz, closed_on date, land_mu_4 bigint, money_fen bigint)
LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY WITH late AS (
            SELECT f.*, o.code AS order_code, e.to_state, e.at FROM village_finding f
                JOIN orders_order o ON o.id = f.order_id
                CROSS JOIN LATERAL (  -- where it stood at that time, and since when
                    SELECT v.to_state, v.at FROM orders_event v WHERE v.order_id = f.order_id AND v.at < until
                        AND v.from_state <> v.to_state ORDER BY v.sequence DESC LIMIT 1) e
            WHERE f.place_path <@ of_place AND f.rectify_by < as_of AND (f.closed_on IS NULL OR f.closed_on > as_of)
                AND (behind_day IS NULL OR (f.rectify_by, f.order_id) > (behind_day, behind_id))
                AND (e.to_state IN ('dispatched', 'accepted')
                    OR (e.to_state = 'done' AND (e.at AT TIME ZONE zone)::date > f.rectify_by))
            ORDER BY f.rectify_by, f.order_id LIMIT most)
        SELECT l.order_id, l.order_code, l.place_id, l.place_path, l.subject, l.number, l.rule, l.severity, l.opened_on,
            l.rectify_by, l.to_state, l.at, l.closed_on, coalesce(s.land, 0)::bigint, coalesce(s.money, 0)::bigint
        FROM late l LEFT JOIN LATERAL (
            SELECT sum(x.amount) FILTER (WHERE x.unit = 'mu_4') AS land, sum(x.amount) FILTER (WHERE x.unit = 'fen') AS money
            FROM village_finding_effect x JOIN ledgers_resolution r ON r.transfer_id = x.transfer_id
                LEFT JOIN ledgers_transfer b ON b.id = x.reversal_id
            WHERE x.finding_id = l.order_id AND r.outcome = 'posted' AND r.day <= as_of
                AND (b.day IS NULL OR b.day > as_of)) s ON true
        ORDER BY l.rectify_by, l.order_id;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0024_erasing_matters")]

    operations = [
        migrations.RunSQL(
            OVERDUE,
            "DROP FUNCTION village_findings_overdue(ltree, timestamptz, date, text, date, uuid, integer)",
        )
    ]
