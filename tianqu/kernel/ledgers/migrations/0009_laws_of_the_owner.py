"""The laws that keep sums do it with the owner's rights, so that nobody else needs any.

Sums were let pass where they came from within a trigger, any trigger: one on a temporary table of somebody's own was one.
Now the application's role may not write what is kept (tianqu/project/roles.py gives it what it needs), and the laws of
posting write it as the owner of the tables. Nobody but the owner may call them, so they hang on these tables alone.

An account is looked at when it begins and when it is closed wherever that comes from. What only the laws of posting
write is asked for its way in still, for an installation whose application is the owner.
"""

from django.db import migrations

LAWS = "ledgers_legs_added", "ledgers_transfers_added", "ledgers_resolutions_added"
FOUND_BY = "SET search_path = pg_catalog, public, pg_temp"
OWNED = "".join(
    f"ALTER FUNCTION {law}() SECURITY DEFINER {FOUND_BY};\nREVOKE ALL ON FUNCTION {law}() FROM PUBLIC;\n"
    for law in LAWS
)
BORROWED = "".join(
    f"ALTER FUNCTION {law}() SECURITY INVOKER RESET search_path;\nGRANT EXECUTE ON FUNCTION {law}() TO PUBLIC;\n"
    for law in LAWS
)
ACCOUNTS = """
DROP TRIGGER ledgers_account_kept ON ledgers_account;
CREATE TRIGGER ledgers_account_begins BEFORE INSERT ON ledgers_account
    FOR EACH ROW EXECUTE FUNCTION ledgers_account_kept();
CREATE TRIGGER ledgers_account_kept BEFORE UPDATE OF
        id, ledger_id, book_id, chart, code, element, side, parent_id, opened_on, closed_on ON ledgers_account
    FOR EACH ROW EXECUTE FUNCTION ledgers_account_kept();
CREATE TRIGGER ledgers_account_sums_kept BEFORE UPDATE OF
        posted_debit, posted_credit, pending_debit, pending_credit ON ledgers_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledgers_account_kept();
"""
ACCOUNTS_BEFORE = """
DROP TRIGGER ledgers_account_sums_kept ON ledgers_account;
DROP TRIGGER ledgers_account_kept ON ledgers_account;
DROP TRIGGER ledgers_account_begins ON ledgers_account;
CREATE TRIGGER ledgers_account_kept BEFORE INSERT OR UPDATE ON ledgers_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledgers_account_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("ledgers", "0008_no_grants")]

    operations = [migrations.RunSQL(OWNED + ACCOUNTS, BORROWED + ACCOUNTS_BEFORE)]
