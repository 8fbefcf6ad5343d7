"""How many pages a PDF has."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("files", "0001_initial")]

    operations = [migrations.AddField("storedfile", "pages", models.IntegerField(null=True))]
