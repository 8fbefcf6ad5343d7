"""Orders of signatures: a unit sees its own, an office those of its releases."""

import django.db.models.deletion
from django.db import migrations, models

from tianqu.kernel.journal.api import AppendOnly, GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OF_OFFICE = (
    "EXISTS (SELECT FROM releases_release r WHERE r.id = release_id AND"
    " (r.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> r.place_path))"
)
WALL = f"""
ALTER TABLE programme_signing ENABLE ROW LEVEL SECURITY;
ALTER TABLE programme_signing FORCE ROW LEVEL SECURITY;
CREATE POLICY programme_see ON programme_signing FOR SELECT USING (
    {EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR {OF_OFFICE});
CREATE POLICY programme_add ON programme_signing FOR INSERT WITH CHECK ({EVERYTHING} OR {OF_OFFICE});
"""


class Migration(migrations.Migration):
    dependencies = [("programme", "0002_laws"), ("orders", "0007_waiting_due")]

    operations = [
        migrations.CreateModel(
            name="SigningOrder",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="orders.order",
                    ),
                ),
                ("release_id", models.UUIDField()),
                ("revision", models.IntegerField()),
                ("unit_id", models.UUIDField()),
            ],
            options={
                "db_table": "programme_signing",
                "constraints": [
                    models.UniqueConstraint(fields=("release_id", "revision", "unit_id"), name="programme_signing_once")
                ],
            },
        ),
        migrations.RunSQL(WALL, migrations.RunSQL.noop),
        GuardTable("programme_signing"),
        AppendOnly("programme_signing"),
    ]
