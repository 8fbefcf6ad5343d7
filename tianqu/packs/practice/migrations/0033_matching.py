"""What one need asks of every volunteer of a county, and row-level security with it, stands in one index."""

from django.db import migrations, models

ASKED = [
    "person_id",
    "unit_id",
    "place_path",
    "number",
    "born_on",
    "consent_at",
    "reach",
    "skills",
    "languages",
    "times",
]


class Migration(migrations.Migration):
    dependencies = [("practice", "0032_since")]

    operations = [
        migrations.AddIndex("volunteer", models.Index(fields=["phone"], name="practice_volunteer_phone")),
        migrations.AddIndex(
            "volunteer", models.Index(fields=["station"], include=ASKED, name="practice_volunteer_match")
        ),
    ]
