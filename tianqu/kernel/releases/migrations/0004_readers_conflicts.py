"""Units that read a release early, conflicts of what is to be signed, and passages that an erratum changes."""

import django.contrib.postgres.fields
from django.db import migrations, models

HERS = "((SELECT tianqu_everything()) OR r.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> r.place_path)"
OWN = HERS.replace("r.", "")
NAMED = "(asked_units || reader_units) && (SELECT tianqu_units())::uuid[]"
OF_NAMED = NAMED.replace("asked_units", "r.asked_units").replace("reader_units", "r.reader_units")
OF_OWN = f"EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND {HERS})"
OF_THEM = f"EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND ({HERS} OR {OF_NAMED}))"
WALLS = f"""
DROP POLICY releases_see ON releases_release;
CREATE POLICY releases_see ON releases_release FOR SELECT USING (public_at <= statement_timestamp() OR {OWN} OR {NAMED});
DROP POLICY releases_see ON releases_revision;
CREATE POLICY releases_see ON releases_revision FOR SELECT USING (
    {OF_THEM} OR EXISTS (SELECT FROM releases_edition e WHERE e.release_id = releases_revision.release_id
        AND e.revision = releases_revision.number AND e.public_at <= statement_timestamp()));
DROP POLICY releases_add ON releases_reading;
CREATE POLICY releases_add ON releases_reading FOR INSERT WITH CHECK ({OF_THEM});
DROP POLICY releases_change ON releases_signature;
CREATE POLICY releases_change ON releases_signature FOR UPDATE USING (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR {OF_OWN});
"""


class Migration(migrations.Migration):
    dependencies = [("releases", "0003_walls")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="reader_units",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AddField(model_name="signature", name="conflicts", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="edition", name="passages", field=models.JSONField(default=list)),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
