"""The newest datasets first, and last those that never had a version."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0007_names_in_sql")]

    operations = [
        migrations.RemoveIndex(model_name="dataset", name="datasets_newest"),
        migrations.AddIndex(
            model_name="dataset",
            index=models.Index(
                models.F("published_at").desc(nulls_last=True), models.F("id").desc(), name="datasets_newest_first"
            ),
        ),
    ]
