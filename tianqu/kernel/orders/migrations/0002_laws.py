from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE orders_item ADD CONSTRAINT orders_item_validity
    EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE orders_item ADD CONSTRAINT orders_item_dates CHECK (valid_to IS NULL OR valid_to > valid_from);
CREATE INDEX orders_public_place ON orders_publication USING gist (place_path);
CREATE INDEX orders_public_terms ON orders_publication USING gin (terms);
CREATE INDEX orders_public_point ON orders_publication (lon, lat) WHERE lon IS NOT NULL;

-- Single orders that the connection was let into by a receipt's code and secret.
CREATE FUNCTION tianqu_opened() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('tianqu.opened', true), ''), '{}')::uuid[] $$;

-- The orders that the person of this connection asked for. Being a function, it keeps the two walls from
-- referring to each other; the wall of orders_asker lets it through by the person alone.
CREATE FUNCTION orders_mine() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(order_id), '{}') FROM orders_asker WHERE person_id = tianqu_person() $$;

-- The order that a receipt opens, or null. The secret is 80 random bits, so its plain SHA-256 is kept.
-- These two look behind the walls for one row and leave the connection's eyes as they were.
CREATE FUNCTION orders_receipt(receipt_code text, receipt_hash bytea) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found uuid;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT o.id INTO found FROM orders_order o JOIN orders_asker a ON a.order_id = o.id
        WHERE o.code = receipt_code AND a.secret_hash = receipt_hash;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;

-- The keyed digest of what was sent under a client-given identifier, to answer the same request again.
CREATE FUNCTION orders_sent(sent uuid) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
    found bytea;
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    SELECT content_digest INTO found FROM orders_asker WHERE order_id = sent;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
    RETURN found;
END $$;

ALTER TABLE orders_order ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders_order FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_place ON orders_order FOR INSERT WITH CHECK (true);
CREATE POLICY orders_see ON orders_order FOR SELECT USING (
    (SELECT tianqu_everything())
    OR unit_id = ANY ((SELECT tianqu_units())::uuid[])
    OR (SELECT tianqu_places()) @> place_path
    OR id = ANY ((SELECT tianqu_opened())::uuid[])
    OR id = ANY ((SELECT orders_mine())::uuid[])
);
CREATE POLICY orders_change ON orders_order FOR UPDATE USING (
    (SELECT tianqu_everything())
    OR unit_id = ANY ((SELECT tianqu_units())::uuid[])
    OR (SELECT tianqu_places()) @> place_path
    OR id = ANY ((SELECT tianqu_opened())::uuid[])
    OR id = ANY ((SELECT orders_mine())::uuid[])
) WITH CHECK (true);

-- Offices see who asked only where the asker gave their name openly; anonymous and sealed askers are seen by themselves alone.
ALTER TABLE orders_asker ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders_asker FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_place ON orders_asker FOR INSERT WITH CHECK (true);
CREATE POLICY orders_see ON orders_asker FOR SELECT USING (
    (SELECT tianqu_everything())
    OR person_id = (SELECT tianqu_person())
    OR order_id = ANY ((SELECT tianqu_opened())::uuid[])
    OR EXISTS (SELECT FROM orders_order o WHERE o.id = order_id AND o.identity = 'open')
);
CREATE POLICY orders_change ON orders_asker FOR UPDATE USING ((SELECT tianqu_everything()));
"""


def wall(table: str, seen: str = "true") -> str:
    """Rows of a table that belongs to an order: seen where the order is, and where ``seen`` holds."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_place ON {table} FOR INSERT WITH CHECK (true);
CREATE POLICY orders_see ON {table} FOR SELECT USING (
    (SELECT tianqu_everything()) OR EXISTS (SELECT FROM orders_order o WHERE o.id = order_id AND ({seen}))
);
CREATE POLICY orders_change ON {table} FOR UPDATE USING (
    (SELECT tianqu_everything()) OR EXISTS (SELECT FROM orders_order o WHERE o.id = order_id)
) WITH CHECK (true);
"""


# An asker who is let in to their own order does not see what the offices say among themselves.
NOT_INTERNAL = (
    "audience <> 'internal' OR o.unit_id = ANY ((SELECT tianqu_units())::uuid[])"
    " OR (SELECT tianqu_places()) @> o.place_path"
)
WALLS = (
    wall("orders_event", NOT_INTERNAL)
    + wall("orders_attachment", NOT_INTERNAL)
    + "".join(wall(f"orders_{table}") for table in ("clock", "rating", "call_back", "exclusion"))
)
TABLES = (
    "calendar",
    "item",
    "order",
    "asker",
    "event",
    "clock",
    "rating",
    "call_back",
    "dispatch_rule",
    "answer_template",
    "exclusion",
    "attachment",
    "publication",
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial"), ("journal", "0001_initial")]

    operations = [
        migrations.RunSQL(LAWS + WALLS, migrations.RunSQL.noop),
        *[GuardTable(f"orders_{table}") for table in TABLES],
        AppendOnly("orders_event", erasable=("note", "data")),
    ]
