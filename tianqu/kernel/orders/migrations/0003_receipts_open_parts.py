from django.db import migrations

RECEIPT = """
DROP FUNCTION orders_receipt(text, bytea);
-- The order that a receipt opens and the parts it was split into, or null. Like orders_sent, it looks behind the
-- walls for these rows alone and leaves the connection's eyes as they were.
CREATE FUNCTION orders_receipt(receipt_code text, receipt_hash bytea) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found uuid[];
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT o.id || array(SELECT part.id FROM orders_order part WHERE part.parent_id = o.id ORDER BY part.id)
        INTO found FROM orders_order o JOIN orders_asker a ON a.order_id = o.id
        WHERE o.code = receipt_code AND a.secret_hash = receipt_hash;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_laws")]

    operations = [migrations.RunSQL(RECEIPT, migrations.RunSQL.noop)]
