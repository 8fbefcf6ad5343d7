import django.db.models.functions
from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    dependencies = [("datasets", "0006_catalogue_orders")]

    operations = [
        migrations.AddConstraint(
            model_name="dataset",
            constraint=models.UniqueConstraint(
                django.db.models.functions.Replace("code", Value("."), Value("_")), name="datasets_dataset_view"
            ),
        ),
    ]
