-- Whom a need meets: the best teams and volunteers with their grounds, then how many were left out for what.
-- Parameters: `match_values` in queries.py. Rows: kind, why left out (NULL: found), score or count, then the grounds.
--
-- Row security keeps the planner from knowing how many a path holds, so that it guesses a few: what is below is written
-- so that a wrong guess costs nothing (each station's volunteers are read once, from an index that holds what is asked,
-- counted where they are left out and listed where they are able; members are looked up in a hash of these).
WITH place AS MATERIALIZED (
  SELECT *, 1000 - 150 * far - least(coalesce(metres, 10000) / 50, 400) base FROM (
    SELECT s.code, s.is_open,
      CASE WHEN s.place_path <@ %(village)s::ltree THEN 0
        WHEN s.place_path <@ %(township)s::ltree THEN 1 ELSE 2 END far,
      round(111195 * sqrt((s.lat::float8 - %(lat)s::float8) ^ 2
        + ((s.lon::float8 - %(lon)s::float8) * cos(radians(%(lat)s::float8))) ^ 2))::int metres
    FROM practice_station s WHERE s.place_path <@ %(county)s::ltree) s),
load AS MATERIALIZED (
  SELECT f.taker, count(*)::int busy FROM orders_offer f JOIN orders_order o ON o.id = f.order_id
  WHERE f.made_at >= %(since)s AND f.order_id IS DISTINCT FROM %(order_id)s::uuid
    AND (f.state = 'open' OR f.state IN ('taken', 'goes') AND o.state = 'accepted')
  GROUP BY 1),
barred AS MATERIALIZED (
  SELECT taker, 'asked' why FROM unnest(%(asked)s::text[]) taker
  UNION ALL SELECT taker, 'busy' FROM load
  WHERE busy >= %(open_max)s AND %(only)s = '' AND taker <> ALL (%(asked)s::text[])),
own AS MATERIALIZED (
  SELECT person_id FROM practice_volunteer
  WHERE person_id = %(asker_id)s::uuid OR phone = ANY (%(asker_phones)s::text[])),
person AS MATERIALIZED (
  SELECT p.*, v.* FROM place p, LATERAL (
    SELECT ARRAY[
        count(*) FILTER (WHERE why = 1), count(*) FILTER (WHERE why = 2), count(*) FILTER (WHERE why = 3),
        count(*) FILTER (WHERE why = 4), count(*) FILTER (WHERE why = 5), count(*) FILTER (WHERE why = 6),
        count(*) FILTER (WHERE why = 7)] counts,
      count(*) FILTER (WHERE why = 0) able,
      array_agg(person_id) FILTER (WHERE why = 0) persons, array_agg(number) FILTER (WHERE why = 0) numbers,
      array_agg(unit_id) FILTER (WHERE why = 0) units
    FROM (SELECT v.person_id, v.unit_id, v.number, CASE
        WHEN v.person_id IN (SELECT person_id FROM own) THEN 1  -- own
        WHEN v.born_on > (%(on)s::date - interval '18 years')::date AND v.consent_at IS NULL THEN 2  -- minor
        WHEN NOT p.is_open THEN 3  -- closed
        WHEN p.far > CASE v.reach WHEN 'village' THEN 0 WHEN 'township' THEN 1 ELSE 2 END THEN 4  -- far
        WHEN NOT v.skills @> %(skills)s::text[] THEN 5  -- skill
        WHEN NOT v.languages @> %(languages)s::text[] THEN 6  -- language
        WHEN %(times)s::text[] <> '{}' AND NOT v.times && %(times)s::text[] THEN 7 ELSE 0 END why  -- time
      FROM practice_volunteer v WHERE v.station_id = p.code OFFSET 0) v) v),
team AS MATERIALIZED (
  SELECT t.code, t.station_id, t.unit_id, t.leader_person_id, p.far, p.metres, p.base, CASE
      WHEN t.leader_person_id = %(asker_id)s::uuid
        OR t.code IN (SELECT m.team_id FROM practice_membership m JOIN own USING (person_id))
        OR (SELECT q.unit_id IS NULL AND q.phone = ANY (%(asker_phones)s::text[])
          FROM places_person q WHERE q.id = t.leader_person_id) THEN 'own'
      WHEN NOT (t.is_open AND p.is_open) THEN 'closed'
      WHEN %(service)s <> '' AND t.service <> %(service)s THEN 'service' END why
  FROM practice_team t JOIN place p ON p.code = t.station_id),
able AS MATERIALIZED (
  SELECT m.team_id, count(*) FILTER (WHERE m.person_id IN (SELECT unnest(persons) FROM person)) able
  FROM practice_membership m WHERE m.team_id = ANY (ARRAY(SELECT code FROM team WHERE why IS NULL)) GROUP BY 1),
teams AS MATERIALIZED (
  SELECT t.*, able, coalesce(t.why, CASE WHEN able > 0 THEN b.why ELSE 'nobody' END) barred
  FROM team t LEFT JOIN able a ON a.team_id = t.code LEFT JOIN barred b ON b.taker = 'team:' || t.code),
-- Hours and load only take away: whose station lies so far off that they cannot be among the best is not looked up.
pool AS MATERIALIZED (
  SELECT e.*, coalesce(busy, 0) busy, near - 60 * coalesce(busy, 0) base FROM (
    SELECT 'volunteer' kind, 'volunteer:' || number taker, number account, u.unit_id, u.person_id, code station, far,
      metres, 1::bigint able, base near FROM person, unnest(persons, units, numbers) u (person_id, unit_id, number)
    WHERE %(only)s <> '' OR base >= coalesce((
      SELECT base - 200 - 60 * %(open_max)s FROM (SELECT base, sum(able) OVER (ORDER BY base DESC) found FROM person) p
      WHERE found >= %(most)s + (SELECT count(*) FROM barred) ORDER BY base DESC LIMIT 1), -10000)
    UNION ALL SELECT 'team', 'team:' || code, 'T-' || code, unit_id, leader_person_id, station_id, far, metres, able,
      base + 40 + 4 * least(able, 10)::int FROM teams WHERE barred IS NULL) e LEFT JOIN load l USING (taker)
  WHERE taker NOT IN (SELECT taker FROM barred) AND (%(only)s = '' OR taker = %(only)s)),
-- Likewise whoever is behind, without any hours, the last of the best of a first sample.
sample AS MATERIALIZED (SELECT * FROM pool ORDER BY base DESC, taker LIMIT 4 * %(most)s),
near AS MATERIALIZED (
  SELECT * FROM pool WHERE base >= coalesce((
    SELECT n.base - least(coalesce(s.minutes, 0) / 12, 200)::int score FROM sample n LEFT JOIN LATERAL (
    SELECT abs(sum(l.amount)) minutes FROM ledgers_book b JOIN ledgers_ledger g ON g.book_id = b.id
    JOIN ledgers_account a ON a.ledger_id = g.id AND a.code = n.account
    JOIN ledgers_leg l ON l.account_id = a.id AND NOT l.held AND l.day >= %(on)s::date - 30
    WHERE b.code = 'practice.' || n.station) s
    ON true ORDER BY score DESC OFFSET %(most)s - 1 LIMIT 1), -10000)),
ranked AS (
  SELECT n.*, coalesce(s.minutes, 0)::int minutes, base - least(coalesce(s.minutes, 0) / 12, 200)::int score
  FROM near n LEFT JOIN LATERAL (
    SELECT abs(sum(l.amount)) minutes FROM ledgers_book b JOIN ledgers_ledger g ON g.book_id = b.id
    JOIN ledgers_account a ON a.ledger_id = g.id AND a.code = n.account
    JOIN ledgers_leg l ON l.account_id = a.id AND NOT l.held AND l.day >= %(on)s::date - 30
    WHERE b.code = 'practice.' || n.station) s ON true
  ORDER BY score DESC, n.taker LIMIT %(most)s)
SELECT kind, NULL, score, taker, unit_id, person_id, far, metres, able, busy, minutes FROM ranked
UNION ALL SELECT 'team', barred, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM teams WHERE barred IS NOT NULL GROUP BY barred
UNION ALL SELECT 'volunteer', why, sum(n)::bigint, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM person, unnest('{own,minor,closed,far,skill,language,time}'::text[], counts) l (why, n) WHERE n > 0 GROUP BY why
UNION ALL SELECT 'volunteer', why, count(*), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM barred WHERE taker = ANY (ARRAY(SELECT 'volunteer:' || unnest(numbers) FROM person)) GROUP BY why
ORDER BY 3 DESC, 4
