from django.db import migrations

# The inbox reads open orders by when they are due; what nobody waits for comes last.
OPEN_DUE = """
CREATE INDEX orders_open_due ON orders_order ((coalesce(due_next_at, 'infinity'::timestamptz)), id)
    WHERE state IN ('placed', 'dispatched', 'returned', 'accepted', 'asked_back', 'done', 'rated');
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_clock_due")]

    operations = [migrations.RunSQL(OPEN_DUE, "DROP INDEX orders_open_due;")]
