"""Since when somebody disagrees with what stands of their time; words to which nothing was booked wait for an answer."""

from django.db import migrations, models

WAITING = """
SELECT set_config('tianqu.everything', 'on', true);
ALTER TABLE occasions_attendance DISABLE TRIGGER USER;
UPDATE occasions_attendance SET disputed_at = now() WHERE own_words <> '' AND minutes IS NULL;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE occasions_attendance ENABLE TRIGGER USER;
SELECT set_config('tianqu.everything', '', true);
"""


class Migration(migrations.Migration):
    dependencies = [("occasions", "0004_attendance")]

    operations = [
        migrations.AddField("attendance", "disputed_at", models.DateTimeField(null=True)),
        migrations.RunSQL(WAITING, migrations.RunSQL.noop),
    ]
