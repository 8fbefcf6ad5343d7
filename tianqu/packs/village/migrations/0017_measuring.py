"""What was walked of parcels, and their photos."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields


class Migration(migrations.Migration):
    dependencies = [("village", "0016_keeping_laws")]

    operations = [
        migrations.CreateModel(
            name="Measurement",
            fields=[
                (
                    "change",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="village.landchange",
                    ),
                ),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("corners", models.JSONField()),
                ("area_mu_4", models.BigIntegerField()),
                ("accuracy_mu_4", models.BigIntegerField(null=True)),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="measurements", to="village.parcel"
                    ),
                ),
            ],
            options={"db_table": "village_measurement"},
        ),
        migrations.CreateModel(
            name="ParcelPhoto",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("person_id", models.UUIDField(null=True)),
                ("post_id", models.UUIDField(null=True)),
                ("unit_id", models.UUIDField(null=True)),
                (
                    "parcel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="village.parcel"
                    ),
                ),
            ],
            options={"db_table": "village_parcel_photo"},
        ),
    ]
