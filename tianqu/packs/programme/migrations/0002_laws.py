"""The laws of conferences: everybody sees them, their office writes them, and a release is not told of before its time."""

from django.db import migrations

from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
HERS = f"{EVERYTHING} OR c.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> c.place_path"
OWN = HERS.replace("c.", "")
OF_OWN = f"EXISTS (SELECT FROM programme_conference c WHERE c.id = conference_id AND ({HERS}))"
CHECKS = """
ALTER TABLE programme_conference
    ADD CONSTRAINT programme_conference_code CHECK (code ~ '^[a-z0-9][a-z0-9-]{2,79}$'),
    ADD CONSTRAINT programme_conference_reason CHECK (cancelled_at IS NULL OR reason <> '');
ALTER TABLE programme_question ADD CONSTRAINT programme_question_said CHECK (question <> '' AND answer <> '');
"""


def wall(table: str, *, seen: str, written: str) -> str:
    return f"""
ALTER TABLE programme_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY programme_see ON programme_{table} FOR SELECT USING ({seen});
CREATE POLICY programme_add ON programme_{table} FOR INSERT WITH CHECK ({written});
CREATE POLICY programme_change ON programme_{table} FOR UPDATE USING ({written});
CREATE POLICY programme_drop ON programme_{table} FOR DELETE USING ({written});
"""


PUBLIC = "EXISTS (SELECT FROM releases_release r WHERE r.code = release_code AND r.public_at <= statement_timestamp())"
WALLS = "".join(
    [
        wall("domain", seen="true", written=OWN),
        wall("conference", seen="true", written=OWN),
        wall("speaker", seen="true", written=OF_OWN),
        wall("question", seen="true", written=OF_OWN),
        wall("presented", seen=f"{OF_OWN} OR {PUBLIC}", written=OF_OWN),
    ]
)
STAYS = """
CREATE TRIGGER programme_stays BEFORE DELETE ON programme_conference
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER programme_stays BEFORE DELETE ON programme_question
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""
TABLES = ("domain", "conference", "speaker", "presented", "question")


class Migration(migrations.Migration):
    dependencies = [("programme", "0001_initial"), ("releases", "0003_walls"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS + STAYS, migrations.RunSQL.noop),
        *[GuardTable(f"programme_{table}") for table in TABLES],
    ]
