"""A stop says whether its carrier is engaged; those that were published before were said to be, and stay so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tours", "0001_initial")]

    operations = [
        migrations.AddField("stop", "confirmed", models.BooleanField(db_default=True)),
        migrations.AlterField("stop", "confirmed", models.BooleanField(db_default=False)),
    ]
