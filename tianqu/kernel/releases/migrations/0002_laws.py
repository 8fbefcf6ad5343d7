"""Releases under the journal's law, and behind walls until their time.

Before it is public a release is seen by its office and by the units that were asked to sign, an edition and its papers by
the office alone.
"""

from __future__ import annotations

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

OWN = "((SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path)"
OF_OWN = f"EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND {OWN.replace('unit_id', 'r.unit_id').replace('place_path', 'r.place_path')})"
ASKED = (
    "EXISTS (SELECT FROM releases_signature s WHERE s.release_id = releases_release.id"
    " AND s.unit_id = ANY ((SELECT tianqu_units())::uuid[]))"
)


def wall(table: str, seen: str, added: str) -> str:
    return f"""
ALTER TABLE releases_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE releases_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY releases_see ON releases_{table} FOR SELECT USING ({seen});
CREATE POLICY releases_add ON releases_{table} FOR INSERT WITH CHECK ({added});
"""


LAWS = (
    wall("release", f"public_at <= statement_timestamp() OR {OWN} OR {ASKED}", OWN)
    + f"CREATE POLICY releases_change ON releases_release FOR UPDATE USING ({OWN});"
    + wall("revision", f"{OF_OWN} OR EXISTS (SELECT FROM releases_release r WHERE r.id = release_id)", OF_OWN)
    + wall("edition", f"public_at <= statement_timestamp() OR {OF_OWN}", OF_OWN)
    + wall(
        "paper",
        "EXISTS (SELECT FROM releases_edition e WHERE e.id = edition_id)",
        "EXISTS (SELECT FROM releases_edition e WHERE e.id = edition_id)",
    )
    + wall("reading", OF_OWN, OF_OWN)
    + """
CREATE TRIGGER releases_stays BEFORE DELETE ON releases_release FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER releases_stays BEFORE DELETE ON releases_signature FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""
)
TABLES = ("conference", "release", "revision", "signature", "edition", "paper", "reading")


class Migration(migrations.Migration):
    dependencies = [("releases", "0001_initial"), ("journal", "0002_log_check"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        *[GuardTable(f"releases_{table}") for table in TABLES],
        *[AppendOnly(f"releases_{table}") for table in ("revision", "edition", "paper", "reading")],
    ]
