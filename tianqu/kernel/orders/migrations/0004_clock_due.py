from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_receipts_open_parts")]

    operations = [
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("kind__in", ["accept", "finish"])), fields=["due_at"], name="orders_clock_due"
            ),
        )
    ]
