"""Uploads: files on their way to become versions, seen by those who answer for the dataset."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models

import tianqu.base.identifiers
from tianqu.kernel.journal.api import GuardTable

LAWS = """
ALTER TABLE datasets_upload ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets_upload FORCE ROW LEVEL SECURITY;
CREATE POLICY datasets_own ON datasets_upload USING (EXISTS (
    SELECT FROM datasets_dataset d WHERE d.id = dataset_id AND (
        (SELECT tianqu_everything())
        OR d.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> d.place_path)));
CREATE TRIGGER datasets_stays BEFORE DELETE ON datasets_upload
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0003_materialised"),
    ]

    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("state", models.TextField()),
                ("name", models.TextField()),
                ("sha256", models.TextField()),
                ("bytes", models.BigIntegerField()),
                ("guess", models.JSONField(default=dict)),
                ("schema", models.JSONField(null=True)),
                ("access", models.TextField(db_default="")),
                ("note", models.TextField(db_default="")),
                ("expected_version", models.IntegerField()),
                ("stage", models.TextField(db_default="")),
                ("rows", models.BigIntegerField(null=True)),
                ("refused", models.BigIntegerField(null=True)),
                ("report", models.JSONField(default=list)),
                ("parts", models.JSONField(default=list)),
                ("sidecar", models.JSONField(default=dict)),
                ("fault", models.JSONField(default=list)),
                ("person_id", models.UUIDField(null=True)),
                ("post_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "dataset",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="datasets.dataset"
                    ),
                ),
            ],
            options={
                "db_table": "datasets_upload",
                "indexes": [
                    models.Index(fields=["dataset", "-created_at"], name="datasets_upload_newest"),
                    models.Index(fields=["changed_at"], name="datasets_upload_changed"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("received", "described", "reading", "ready", "published", "dropped", "failed"),
                            )
                        ),
                        name="datasets_upload_state_known",
                    )
                ],
            },
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("datasets_upload"),
    ]
