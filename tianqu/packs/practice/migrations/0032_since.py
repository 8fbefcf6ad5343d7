"""Since when stations, teams and volunteers are there; of those already kept, since they were last changed."""

from django.db import migrations, models

# A change of type is no UPDATE, which outside an act is refused.
KEPT = """
ALTER TABLE practice_{table} ALTER COLUMN since TYPE date USING changed_at::date, ALTER COLUMN since SET NOT NULL;
"""
TABLES = ("station", "team", "volunteer")


class Migration(migrations.Migration):
    dependencies = [("practice", "0031_attendance_moved")]

    operations = [
        *(migrations.AddField(table, "since", models.DateField(null=True)) for table in TABLES),
        migrations.RunSQL(
            [KEPT.format(table=table) for table in TABLES],
            migrations.RunSQL.noop,
            state_operations=[migrations.AlterField(table, "since", models.DateField()) for table in TABLES],
        ),
    ]
