"""A stop's law compares its place as text, so that a backup can be restored.

``pg_restore`` works without a search path, where ``IS DISTINCT FROM`` finds no operator for the type of an extension.
"""

from django.db import migrations

KEPT = """
DROP TRIGGER tours_stop_kept ON tours_stop;
CREATE TRIGGER tours_stop_kept BEFORE UPDATE ON tours_stop FOR EACH ROW
    WHEN ((OLD.id, OLD.tour_id, OLD.visit_id, OLD.place_path{as_text}) IS DISTINCT FROM
        (NEW.id, NEW.tour_id, NEW.visit_id, NEW.place_path{as_text}) OR NEW.version < OLD.version)
    EXECUTE FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("tours", "0002_stop_confirmed")]

    operations = [migrations.RunSQL(KEPT.format(as_text="::text"), KEPT.format(as_text=""))]
