"""Photos of occasions: everybody sees them, an office adds and removes its own; what was removed stays removed."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

OFFICE = (
    "(SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
    " OR (SELECT tianqu_places()) @> place_path"
)
LAWS = f"""
ALTER TABLE occasions_photo
    ADD CONSTRAINT occasions_photo_words CHECK ((removed_at IS NULL) = (words <> '' AND words_en <> ''));
-- What was removed does not come back, and a photo stays that of its occasion.
CREATE TRIGGER occasions_photo_kept BEFORE UPDATE ON occasions_photo FOR EACH ROW
    WHEN ((OLD.id, OLD.occasion_id, OLD.added_at) IS DISTINCT FROM (NEW.id, NEW.occasion_id, NEW.added_at)
        OR (OLD.removed_at IS NOT NULL AND OLD.removed_at IS DISTINCT FROM NEW.removed_at))
    EXECUTE FUNCTION journal_refuse();
ALTER TABLE occasions_photo ENABLE ROW LEVEL SECURITY;
ALTER TABLE occasions_photo FORCE ROW LEVEL SECURITY;
CREATE POLICY occasions_see ON occasions_photo FOR SELECT USING (true);
CREATE POLICY occasions_add ON occasions_photo FOR INSERT WITH CHECK ({OFFICE});
CREATE POLICY occasions_change ON occasions_photo FOR UPDATE USING ({OFFICE});
CREATE POLICY occasions_drop ON occasions_photo FOR DELETE USING (false);
"""


class Migration(migrations.Migration):
    dependencies = [("occasions", "0002_laws")]

    operations = [
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("words", models.TextField()),
                ("words_en", models.TextField()),
                ("added_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "occasion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="occasions.occasion"
                    ),
                ),
            ],
            options={
                "db_table": "occasions_photo",
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at", None)),
                        fields=["occasion", "added_at"],
                        name="occasions_photos",
                    )
                ],
            },
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("occasions_photo"),
    ]
