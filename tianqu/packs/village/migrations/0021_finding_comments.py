"""What is said about a finding bears an identifier of its client's, so that the same sent twice is said once."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import AppendOnly, GuardTable

KNOWN = """
-- Whether an identifier that a client gave stands for a finding, an answer, a comment or a drawing already.
CREATE OR REPLACE FUNCTION village_matter_known(given uuid) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found bytea;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT k.digest INTO found FROM (
        SELECT f.digest FROM village_finding f WHERE f.order_id = given
        UNION ALL SELECT a.digest FROM village_finding_answer a WHERE a.id = given{comments}
        UNION ALL SELECT d.digest FROM village_drawing d WHERE d.id = given) k LIMIT 1;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;
"""
COMMENTS = "\n        UNION ALL SELECT c.digest FROM village_finding_comment c WHERE c.id = given"
SEEN = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
WALL = f"""
ALTER TABLE village_finding_comment ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_finding_comment FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_finding_comment USING ({SEEN}) WITH CHECK ({SEEN});
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0020_scanning")]

    operations = [
        migrations.CreateModel(
            name="FindingComment",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("sequence", models.IntegerField()),
                ("digest", models.BinaryField()),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="village.finding",
                    ),
                ),
            ],
            options={"db_table": "village_finding_comment"},
        ),
        migrations.RunSQL(WALL + KNOWN.format(comments=COMMENTS), KNOWN.format(comments="")),
        GuardTable("village_finding_comment"),
        AppendOnly("village_finding_comment"),
    ]
