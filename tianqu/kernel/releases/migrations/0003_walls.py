"""Drafts and signatures behind walls; what nothing wrote (conferences, withdrawals) goes.

Everybody sees the text of a public edition, and not that of a correction which is being written. What a unit was asked to
sign may be under embargo: the unit sees it, and the office that asks.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

HERS = "((SELECT tianqu_everything()) OR r.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> r.place_path)"
OWN = HERS.replace("r.", "")
ASKED = "asked_units && (SELECT tianqu_units())::uuid[]"
OF_OWN = f"EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND {HERS})"
WALLS = f"""
DROP POLICY releases_see ON releases_release;
CREATE POLICY releases_see ON releases_release FOR SELECT USING (public_at <= statement_timestamp() OR {OWN} OR {ASKED});
DROP POLICY releases_see ON releases_revision;
CREATE POLICY releases_see ON releases_revision FOR SELECT USING (
    EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND ({HERS} OR r.{ASKED}))
    OR EXISTS (SELECT FROM releases_edition e WHERE e.release_id = releases_revision.release_id
        AND e.revision = releases_revision.number AND e.public_at <= statement_timestamp()));
ALTER TABLE releases_signature ENABLE ROW LEVEL SECURITY;
ALTER TABLE releases_signature FORCE ROW LEVEL SECURITY;
CREATE POLICY releases_see ON releases_signature FOR SELECT USING (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR {OF_OWN});
CREATE POLICY releases_add ON releases_signature FOR INSERT WITH CHECK ({OF_OWN});
CREATE POLICY releases_change ON releases_signature FOR UPDATE USING (
    (SELECT tianqu_everything()) OR unit_id = ANY ((SELECT tianqu_units())::uuid[]));
"""
STATES = ["draft", "signing", "edition"]


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_laws")]

    operations = [
        migrations.RemoveField(model_name="release", name="conference"),
        migrations.RemoveConstraint(model_name="release", name="releases_state_known"),
        migrations.AddField(
            model_name="release",
            name="asked_units",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
        ),
        migrations.AlterField(
            model_name="release",
            name="state",
            field=models.TextField(
                choices=[
                    ("draft", "draft"),
                    ("signing", "with its units"),
                    ("edition", "published, or under embargo until its time"),
                ]
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(condition=models.Q(state__in=STATES), name="releases_state_known"),
        ),
        migrations.DeleteModel(name="Conference"),
        migrations.RunSQL(WALLS, migrations.RunSQL.noop),
    ]
