from django.db import migrations

# Who erases a person opens that person's rows to the act and no others; the lines of their access log are among them.
CHANGE = """
DROP POLICY places_access_record_change ON places_access_record;
CREATE POLICY places_access_record_change ON places_access_record FOR UPDATE USING (
    (SELECT tianqu_everything()) OR person_id = (SELECT tianqu_person()));
"""


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]

    operations = [migrations.RunSQL(CHANGE, migrations.RunSQL.noop)]
