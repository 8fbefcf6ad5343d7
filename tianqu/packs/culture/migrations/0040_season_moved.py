"""The plans of seasons are tours of the kernel, of the kind ``culture``; their table goes once they are there.

What a visit and a troupe are called is kept with a plan from now on, and is taken from the performances here. What was
refused was kept as a text in one language; it stays as it stood.
"""

from django.conf import settings
from django.db import migrations

SETTING_UP_MINUTES = 60  # as it was when these plans were made
MOVE = f"""
SELECT set_config('tianqu.everything', 'on', true);
ALTER TABLE tours_tour DISABLE TRIGGER journal_guard;
ALTER TABLE tours_stop DISABLE TRIGGER journal_guard;
INSERT INTO tours_tour (
    id, kind, unit_id, place_path, name, stand, terms, given, told, shows, unserved, cost, bound, proved, outs, moved,
    done, faults, person_id, post_id, asked_at, published_at, changed_at, version)
SELECT s.id, 'culture', s.unit_id, s.place_path, s.name, s.stand,
    (s.terms - 'shows_a_day') || jsonb_build_object('visits_a_day', s.terms -> 'shows_a_day'), s.given,
    jsonb_build_object(
        'visits', coalesce((
            SELECT jsonb_object_agg(p.order_id::text, jsonb_build_object(
                'title', w.name, 'title_en', w.name_en, 'place', p.place_path::text, 'extra', false))
            FROM (SELECT v ->> 'id' name FROM jsonb_array_elements(s.given -> 'visits') v
                UNION SELECT u ->> 0 FROM jsonb_array_elements(s.unserved) u) asked
            JOIN culture_performance p ON p.order_id = asked.name::uuid
            JOIN culture_work w ON w.code = p.work_id), '{{}}'),
        'carriers', coalesce((
            SELECT jsonb_object_agg(t.code, jsonb_build_object(
                'name', t.name, 'name_en', t.name_en, 'by', coalesce(s.contracts ->> t.code, '')))
            FROM jsonb_array_elements(s.given -> 'carriers') c JOIN culture_troupe t ON t.code = c ->> 'id'), '{{}}')),
    s.shows, s.unserved, s.cost, s.bound, s.proved,
    coalesce((SELECT jsonb_agg(CASE o ->> 0 WHEN 'troupe' THEN jsonb_set(o, '{{0}}', '"carrier"') ELSE o END ORDER BY n)
        FROM jsonb_array_elements(s.outs) WITH ORDINALITY each(o, n)), '[]'),
    s.moved, s.done,
    coalesce((SELECT jsonb_agg(jsonb_build_object(
            'code', 'error', 'message', replace(line, '%', '%%'), 'remedy', '', 'values', '{{}}'::jsonb, 'visit', ''))
        FROM regexp_split_to_table(s.failed, E'\\n') line WHERE line <> ''), '[]'),
    s.person_id, s.post_id, s.asked_at, s.published_at, s.changed_at, s.version
FROM culture_season s;
INSERT INTO tours_stop (
    tour_id, kind, unit_id, visit_id, place_path, title, title_en, carrier, carrier_name, carrier_name_en, starts_at,
    ends_at, changed_at)
SELECT t.id, t.kind, t.unit_id, show ->> 0, (visit ->> 'place')::ltree, visit ->> 'title', visit ->> 'title_en',
    show ->> 1, carrier ->> 'name', carrier ->> 'name_en',
    arrives + make_interval(mins => {SETTING_UP_MINUTES}), arrives + make_interval(mins => minutes), t.changed_at
FROM tours_tour t CROSS JOIN jsonb_array_elements(t.shows) show
CROSS JOIN LATERAL (SELECT t.told -> 'visits' -> (show ->> 0) visit, t.told -> 'carriers' -> (show ->> 1) carrier,
    ((show ->> 2)::date + make_interval(mins => (show ->> 3)::int)) AT TIME ZONE '{settings.TIME_ZONE}' arrives) named
CROSS JOIN LATERAL (SELECT (v ->> 'minutes')::int minutes FROM jsonb_array_elements(t.given -> 'visits') v
    WHERE v ->> 'id' = show ->> 0) lasting
WHERE t.published_at IS NOT NULL AND visit IS NOT NULL AND carrier IS NOT NULL;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE tours_tour ENABLE TRIGGER journal_guard;
ALTER TABLE tours_stop ENABLE TRIGGER journal_guard;
UPDATE procrastinate_jobs SET task_name = 'tours.do', args = jsonb_build_object('tour_id', args -> 'plan_id')
    WHERE task_name = 'culture.do_season' AND status = 'todo';
SELECT set_config('tianqu.everything', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("culture", "0030_theatre"),
        ("tours", "0001_initial"),
        ("procrastinate", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.DeleteModel("SeasonPlan"),
    ]
