"""The laws of rosters: shifts are public, who is in them is the volunteer's own and the office's."""

from importlib import import_module

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

laws = import_module("tianqu.packs.practice.migrations.0002_laws")
CHECKS = """
ALTER TABLE practice_roster
    ADD CONSTRAINT practice_roster_days CHECK (first_day <= last_day),
    ADD CONSTRAINT practice_roster_limits CHECK (rest_minutes >= 0 AND week_max > 0 AND days_max > 0);
ALTER TABLE practice_shift
    ADD CONSTRAINT practice_shift_times CHECK (starts_at < ends_at),
    ADD CONSTRAINT practice_shift_offered CHECK (offered >= 0);
ALTER TABLE practice_wish
    ADD CONSTRAINT practice_wish_limits CHECK (0 <= shifts_min AND shifts_min <= shifts_max);
-- Who has said something to a roster is known by name to the office that makes it.
-- Whose eyes see everything is asked first: else each volunteer is looked up among the wishes.
CREATE POLICY practice_see_wishers ON practice_volunteer FOR SELECT USING ((SELECT tianqu_everything()) OR EXISTS (
    SELECT FROM practice_wish w WHERE w.person_id = practice_volunteer.person_id
        AND (w.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> w.place_path)));
"""
WALLS = "".join(
    [
        laws.wall("roster", seen="true", added=laws.OFFICE, changed=laws.OFFICE),
        laws.wall("roster_result", seen=laws.OFFICE, added=laws.OFFICE, changed=laws.OFFICE),
        laws.wall("shift", seen="true", added=laws.OFFICE, changed=laws.OFFICE, dropped=laws.OFFICE),
        laws.wall("wish", seen=laws.BOTH, added=laws.HERS, changed=laws.HERS, dropped=laws.HERS),
        laws.wall("duty", seen=laws.BOTH, added=laws.OFFICE, changed=laws.OFFICE, dropped=laws.OFFICE),
    ]
)
TABLES = ("roster", "roster_result", "shift", "wish", "duty")


class Migration(migrations.Migration):
    dependencies = [("practice", "0020_rosters")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, "DROP POLICY practice_see_wishers ON practice_volunteer"),
        *[GuardTable(f"practice_{table}") for table in TABLES],
    ]
