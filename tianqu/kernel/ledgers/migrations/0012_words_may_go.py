"""The number on a paper and the reason of a resolution may be emptied, as a purpose may, when a person is erased.

Both are free text and may name somebody. Nothing else of a row may be changed, and nothing deleted, as before.
"""

from django.db import migrations


def law(*, of_transfer: str, of_resolution: str) -> str:
    """The triggers that let some columns of a transfer, and of a resolution, be emptied."""
    return f"""
DROP TRIGGER journal_keep_row ON ledgers_transfer;
CREATE TRIGGER journal_keep_row BEFORE UPDATE ON ledgers_transfer
    FOR EACH ROW EXECUTE FUNCTION journal_keep_row({of_transfer});
DROP TRIGGER journal_append_only ON ledgers_resolution;
DROP TRIGGER IF EXISTS journal_keep_row ON ledgers_resolution;
{of_resolution}
"""


WIDER = law(
    of_transfer="'purpose', 'voucher'",
    of_resolution="""
CREATE TRIGGER journal_append_only BEFORE DELETE OR TRUNCATE ON ledgers_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_keep_row BEFORE UPDATE ON ledgers_resolution
    FOR EACH ROW EXECUTE FUNCTION journal_keep_row('reason');
GRANT UPDATE (voucher) ON ledgers_transfer TO CURRENT_USER;
GRANT UPDATE (reason) ON ledgers_resolution TO CURRENT_USER;
""",
)
BEFORE = law(
    of_transfer="'purpose'",
    of_resolution="""
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledgers_resolution
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
REVOKE UPDATE (voucher) ON ledgers_transfer FROM CURRENT_USER;
REVOKE UPDATE (reason) ON ledgers_resolution FROM CURRENT_USER;
""",
)


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0011_account_checked_at_once")]

    operations = [migrations.RunSQL(WIDER, BEFORE)]
