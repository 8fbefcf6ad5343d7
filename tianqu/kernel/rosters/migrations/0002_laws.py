"""The laws of rosters: shifts are public, who is in them is their own and the office's, and what never changes again."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
OWN = "person_id = (SELECT tianqu_person())"
BOTH, HERS = f"{OFFICE} OR {OWN}", f"{EVERYTHING} OR {OWN}"
CHECKS = """
ALTER TABLE rosters_roster
    ADD CONSTRAINT rosters_roster_days CHECK (first_day <= last_day),
    ADD CONSTRAINT rosters_roster_limits CHECK (rest_minutes >= 0 AND week_max > 0 AND days_max > 0),
    ADD CONSTRAINT rosters_roster_state CHECK (state IN ('open', 'queued', 'computing', 'drafted', 'published'));
ALTER TABLE rosters_shift
    ADD CONSTRAINT rosters_shift_times CHECK (starts_at < ends_at),
    ADD CONSTRAINT rosters_shift_offered CHECK (offered >= 0);
ALTER TABLE rosters_wish
    ADD CONSTRAINT rosters_wish_limits CHECK (0 <= shifts_min AND shifts_min <= shifts_max);
-- A roster stays that of its holder, and one that everybody was told of stays published.
CREATE TRIGGER rosters_roster_kept BEFORE UPDATE ON rosters_roster FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.subject) IS DISTINCT FROM (NEW.id, NEW.kind, NEW.subject)
        OR (OLD.state = 'published' AND NEW.state <> 'published') OR NEW.version < OLD.version)
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER rosters_shift_kept BEFORE UPDATE ON rosters_shift FOR EACH ROW
    WHEN ((OLD.id, OLD.roster_id, OLD.starts_at, OLD.ends_at) IS DISTINCT FROM
        (NEW.id, NEW.roster_id, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER rosters_duty_kept BEFORE UPDATE ON rosters_duty FOR EACH ROW
    WHEN ((OLD.id, OLD.shift_id) IS DISTINCT FROM (NEW.id, NEW.shift_id))
    EXECUTE FUNCTION journal_refuse();
"""


def wall(table: str, *, seen: str, added: str, changed: str, dropped: str = "false") -> str:
    return f"""
ALTER TABLE rosters_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE rosters_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY rosters_see ON rosters_{table} FOR SELECT USING ({seen});
CREATE POLICY rosters_add ON rosters_{table} FOR INSERT WITH CHECK ({added});
CREATE POLICY rosters_change ON rosters_{table} FOR UPDATE USING ({changed});
CREATE POLICY rosters_drop ON rosters_{table} FOR DELETE USING ({dropped});
"""


WALLS = "".join(
    [
        wall("roster", seen="true", added=OFFICE, changed=OFFICE),
        wall("result", seen=OFFICE, added=OFFICE, changed=OFFICE),
        wall("shift", seen="true", added=OFFICE, changed=OFFICE, dropped=OFFICE),
        wall("wish", seen=BOTH, added=HERS, changed=HERS, dropped=HERS),
        wall("duty", seen=BOTH, added=OFFICE, changed=OFFICE, dropped=OFFICE),
    ]
)
TABLES = ("roster", "result", "shift", "wish", "duty")


class Migration(migrations.Migration):
    dependencies = [("rosters", "0001_initial"), ("places", "0001_initial"), ("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, migrations.RunSQL.noop),
        *[GuardTable(f"rosters_{table}") for table in TABLES],
    ]
