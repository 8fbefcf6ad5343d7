"""The number that volunteers of an old register had there; of those who were brought in before, nobody has kept it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("practice", "0033_matching")]

    operations = [migrations.AddField("volunteer", "reference", models.TextField(db_default=""))]
