"""Until which day those who share the shifts were asked to say when they can come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rosters", "0002_laws")]

    operations = [
        migrations.AddField(model_name="roster", name="wishes_by", field=models.DateField(null=True)),
    ]
