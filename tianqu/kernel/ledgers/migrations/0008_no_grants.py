"""What is posted is held by no grant either: nobody may change or delete transfers, legs and resolutions.

The laws of 0002 stand on triggers, which look at each statement; the server now refuses the statement before it looks at
a row. It costs posting nothing. The one column that may be emptied, when a person is erased, keeps its grant.

The role that owns the tables takes the grants from itself, for an installation has one role. It could give them back:
docs/ledgers.md says what that means.
"""

from django.db import migrations

REVOKED = """
REVOKE UPDATE, DELETE, TRUNCATE ON ledgers_transfer, ledgers_leg, ledgers_resolution FROM PUBLIC, CURRENT_USER;
GRANT UPDATE (purpose) ON ledgers_transfer TO CURRENT_USER;
"""
GRANTED = """
REVOKE UPDATE (purpose) ON ledgers_transfer FROM CURRENT_USER;
GRANT UPDATE, DELETE, TRUNCATE ON ledgers_transfer, ledgers_leg, ledgers_resolution TO CURRENT_USER;
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0007_laws_with_open_eyes")]

    operations = [migrations.RunSQL(REVOKED, GRANTED)]
