from django.db import migrations

# The inbox shows what was merged too, because its own asker still waits; so the index that it reads must hold it.
WAITING_DUE = """
DROP INDEX orders_open_due;
CREATE INDEX orders_waiting_due ON orders_order ((coalesce(due_next_at, 'infinity'::timestamptz)), id)
    WHERE state IN ('placed', 'dispatched', 'returned', 'accepted', 'asked_back', 'done', 'rated', 'merged');
"""
OPEN_DUE = """
DROP INDEX orders_waiting_due;
CREATE INDEX orders_open_due ON orders_order ((coalesce(due_next_at, 'infinity'::timestamptz)), id)
    WHERE state IN ('placed', 'dispatched', 'returned', 'accepted', 'asked_back', 'done', 'rated');
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0006_rule_replay")]

    operations = [migrations.RunSQL(WAITING_DUE, OPEN_DUE)]
