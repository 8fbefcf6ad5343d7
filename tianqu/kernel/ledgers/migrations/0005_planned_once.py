"""The laws of posting are planned once a connection.

What they are given is an array as long as what was posted, and PostgreSQL would plan anew for each length. How they go
about it is laid down by their settings anyway, so that one plan serves one leg and sixteen thousand.
"""

from django.db import migrations

PLANNED_ONCE = """
ALTER FUNCTION ledgers_legs_added() SET plan_cache_mode = force_generic_plan;
ALTER FUNCTION ledgers_transfers_added() SET plan_cache_mode = force_generic_plan;
"""
PLANNED_EACH_TIME = """
ALTER FUNCTION ledgers_legs_added() RESET plan_cache_mode;
ALTER FUNCTION ledgers_transfers_added() RESET plan_cache_mode;
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0004_quicker_laws")]

    operations = [migrations.RunSQL(PLANNED_ONCE, PLANNED_EACH_TIME)]
