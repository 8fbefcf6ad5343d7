"""Under which rule each version was published. Versions of before are read by the dataset's own rule, as they were."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0004_uploads")]

    operations = [
        migrations.AddField("version", "access", models.TextField(db_default="open")),
        migrations.AddConstraint(
            "version",
            models.CheckConstraint(
                condition=models.Q(access__in=("open", "cells", "shared", "closed")),
                name="datasets_version_access_known",
            ),
        ),
    ]
