"""Views of lists that somebody keeps, seen by nobody else; and colleagues of one role who stand in for each other."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.base.identifiers
from tianqu.kernel.journal.guards import GuardTable

WALL = """
ALTER TABLE places_saved_view ENABLE ROW LEVEL SECURITY;
ALTER TABLE places_saved_view FORCE ROW LEVEL SECURITY;
CREATE POLICY places_saved_view_own ON places_saved_view
    USING ((SELECT tianqu_everything()) OR person_id = (SELECT tianqu_person()));
"""

# Holding a post and standing in for a colleague's post of the same role are two posts at the same time.
ONCE = """
ALTER TABLE places_post DROP CONSTRAINT places_post_once;
ALTER TABLE places_post ADD CONSTRAINT places_post_once
    EXCLUDE USING gist (person_id WITH =, unit_id WITH =, role WITH =,
        coalesce(deputy_of_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =,
        daterange(valid_from, valid_to) WITH &&);
"""
ONCE_BEFORE = """
ALTER TABLE places_post DROP CONSTRAINT places_post_once;
ALTER TABLE places_post ADD CONSTRAINT places_post_once
    EXCLUDE USING gist (person_id WITH =, unit_id WITH =, role WITH =, daterange(valid_from, valid_to) WITH &&);
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0002_access_record_erasure")]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("page", models.TextField()),
                ("name", models.TextField()),
                ("query", models.TextField()),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.person",
                    ),
                ),
            ],
            options={
                "db_table": "places_saved_view",
                "constraints": [
                    models.UniqueConstraint(fields=("person", "page", "name"), name="places_saved_view_once")
                ],
            },
        ),
        GuardTable("places_saved_view"),
        migrations.RunSQL(WALL, "DROP POLICY places_saved_view_own ON places_saved_view"),
        migrations.RunSQL(ONCE, ONCE_BEFORE),
    ]
