"""Who is at two places at once is marked at households, too; what was booked of a number is found by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("practice", "0034_reference")]

    operations = [
        migrations.AddField("visit", "elsewhere", models.BooleanField(db_default=False)),
        migrations.AddIndex("visit", models.Index(fields=["number", "in_at"], name="practice_visit_number")),
    ]
