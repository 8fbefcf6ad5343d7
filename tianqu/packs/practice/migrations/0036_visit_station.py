"""A visit keeps whose book it is booked in: whoever went alone may have erased their profile by then."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("practice", "0035_elsewhere")]

    operations = [
        migrations.AddField(
            "visit", "station",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="practice.station",
                db_index=False,
            ),
        ),
    ]  # fmt: skip
