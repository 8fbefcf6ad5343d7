"""An index for each order of the catalogue and for its facets; none of words, which walls never let be used."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """See the module's docstring."""

    dependencies = [("datasets", "0005_version_access")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX IF EXISTS datasets_search",
            "CREATE INDEX datasets_search ON datasets_dataset USING gin (search gin_trgm_ops)",
        ),
        migrations.AddIndex("dataset", models.Index(fields=["changed_at", "id"], name="datasets_changed")),
        migrations.AddIndex("dataset", models.Index(fields=["-rows", "code"], name="datasets_rows")),
        migrations.AddIndex("dataset", models.Index(fields=["title", "id"], name="datasets_title")),
        migrations.AddIndex(
            "dataset",
            models.Index(
                fields=["access", "domain", "unit_id", "place_path"], name="datasets_facets",
                condition=models.Q(withdrawn_at=None),
            ),
        ),
    ]  # fmt: skip
