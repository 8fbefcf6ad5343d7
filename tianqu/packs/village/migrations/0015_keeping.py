"""The photos and papers of vouchers."""

from django.db import migrations, models

import tianqu.kernel.places.fields


class Migration(migrations.Migration):
    dependencies = [("village", "0014_findings_told")]

    operations = [
        migrations.CreateModel(
            name="VoucherPaper",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("transfer_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("person_id", models.UUIDField(null=True)),
                ("post_id", models.UUIDField(null=True)),
                ("unit_id", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "village_voucher_paper",
                "indexes": [models.Index(fields=["transfer_id", "at"], name="village_voucher_paper_of")],
            },
        ),
    ]
