"""Rosters are a room of the kernel: what teams had of them goes there, and whoever makes one knows who wished."""

from django.db import migrations

HELD = "unit_id, place_path"
SHARED = {
    "shift": "id, roster_id, starts_at, ends_at, venue, venue_en, needs, offered",
    "wish": "id, roster_id, person_id, number, takes_part, shifts_min, shifts_max, unable, wished, unwished, changed_at",
    "duty": "id, shift_id, person_id, number, skill, waived, by_hand, offered_at, changed_at",
}
RULES = "title, title_en, first_day, last_day, rest_minutes, week_max, days_max, in_turn, state, stage, fault"
TABLES = ("roster", "result", *SHARED)
NOTICES = {
    "practice_roster": "rosters_published", "practice_roster_changed": "rosters_changed",
    "practice_offered": "rosters_offered", "practice_taken": "rosters_taken", "practice_swapped": "rosters_swapped",
    "practice_place_empty": "rosters_place_empty",
}  # fmt: skip
GUARDED = [*(f"rosters_{table}" for table in TABLES), "notices_notice", "notices_preference"]


def guards(state: str) -> str:
    return "".join(f"ALTER TABLE {table} {state} TRIGGER journal_guard;" for table in GUARDED)


def copied(table: str, columns: str) -> str:
    return (
        f"INSERT INTO rosters_{table} ({columns}, {HELD}) OVERRIDING SYSTEM VALUE"
        f" SELECT {columns}, {HELD} FROM practice_{table};"
    )


# Nothing is new here: each row was made by an act, whose entry the journal has.
MOVE = f"""
SELECT set_config('tianqu.everything', 'on', true);
{guards("DISABLE")}
INSERT INTO rosters_roster (id, kind, subject, {RULES}, changed_at, version, {HELD})
    SELECT id, 'practice', team_id, {RULES}, changed_at, version, {HELD} FROM practice_roster;
INSERT INTO rosters_result (roster_id, plan, {HELD}) SELECT roster_id, plan, {HELD} FROM practice_roster_result;
{"".join(copied(table, columns) for table, columns in SHARED.items())}
SELECT setval(pg_get_serial_sequence('rosters_wish', 'id'), greatest((SELECT max(id) FROM rosters_wish), 1));
{
    "".join(
        f"UPDATE {table} SET code = '{new}' WHERE code = '{old}';"
        for old, new in NOTICES.items()
        for table in ("notices_notice", "notices_preference")
    )
}
UPDATE notices_notice SET subject = 'roster_led:' || split_part(subject, ':', 2) WHERE subject LIKE 'led_roster:%';
-- What is checked at the end of a transaction is checked now, so that tables may change after it.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
{guards("ENABLE")}
SELECT set_config('tianqu.everything', '', true);
"""
# Who has said something to a team's roster is known by name to the office that makes it.
# Whose eyes see everything is asked first: else each volunteer is looked up among the wishes.
WISHERS = """
DROP POLICY practice_see_wishers ON practice_volunteer;
CREATE POLICY practice_see_wishers ON practice_volunteer FOR SELECT USING ((SELECT tianqu_everything()) OR EXISTS (
    SELECT FROM rosters_wish w JOIN rosters_roster r ON r.id = w.roster_id AND r.kind = 'practice'
    WHERE w.person_id = practice_volunteer.person_id
        AND (w.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> w.place_path)));
"""


class Migration(migrations.Migration):
    dependencies = [("practice", "0022_certificates"), ("rosters", "0002_laws"), ("notices", "0001_initial")]

    operations = [
        migrations.RunSQL(MOVE, migrations.RunSQL.noop),
        migrations.RunSQL(WISHERS, migrations.RunSQL.noop),
        *[migrations.DeleteModel(name) for name in ("Duty", "Wish", "RosterResult", "Shift", "Roster")],
    ]
