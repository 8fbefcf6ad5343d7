"""Since when stations, teams and volunteers are there; of those already kept, since they were last changed."""

from django.db import migrations, models

KEPT = """
SELECT set_config('tianqu.everything', 'on', true);
UPDATE practice_{table} SET since = (changed_at AT TIME ZONE 'Asia/Shanghai')::date;
SELECT set_config('tianqu.everything', '', true);
"""
TABLES = ("station", "team", "volunteer")


class Migration(migrations.Migration):
    dependencies = [("practice", "0022_certificates")]

    operations = [
        *(migrations.AddField(table, "since", models.DateField(null=True)) for table in TABLES),
        migrations.RunSQL([KEPT.format(table=table) for table in TABLES], migrations.RunSQL.noop),
        *(migrations.AlterField(table, "since", models.DateField()) for table in TABLES),
    ]
