"""Orders that are offered to several, and orders that are planned for many dates."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tianqu.base.identifiers
import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

EVERYTHING = "(SELECT tianqu_everything())"
OFFICE = f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[])"
PERSON = "person_id = (SELECT tianqu_person())"
SEEN = (
    f"{EVERYTHING} OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path"
    " OR id = ANY ((SELECT tianqu_opened())::uuid[]) OR id = ANY ((SELECT orders_mine())::uuid[])"
)
# Whoever took an order, or goes along, sees it; what is only offered tells no more than the offer itself.
TAKEN = " OR id = ANY ((SELECT orders_taken())::uuid[])"
WALLS = f"""
CREATE FUNCTION orders_taken() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(array_agg(order_id), '{{}}') FROM orders_offer
    WHERE person_id = tianqu_person() AND state IN ('taken', 'goes') $$;
ALTER POLICY orders_see ON orders_order USING ({SEEN}{TAKEN});
ALTER POLICY orders_change ON orders_order USING ({SEEN}{TAKEN});
CREATE INDEX orders_offer_lapsing ON orders_offer (lapses_at) WHERE state = 'open';
ALTER TABLE orders_offer ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders_offer FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_see ON orders_offer FOR SELECT USING (
    {OFFICE} OR {PERSON} OR (SELECT tianqu_places()) @> place_path);
CREATE POLICY orders_add ON orders_offer FOR INSERT WITH CHECK ({EVERYTHING});
CREATE POLICY orders_change ON orders_offer FOR UPDATE USING ({EVERYTHING});
ALTER TABLE orders_plan ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders_plan FORCE ROW LEVEL SECURITY;
CREATE POLICY orders_see ON orders_plan FOR SELECT USING ({OFFICE} OR {PERSON});
CREATE POLICY orders_add ON orders_plan FOR INSERT WITH CHECK ({OFFICE} OR {PERSON});
CREATE POLICY orders_change ON orders_plan FOR UPDATE USING ({OFFICE} OR {PERSON});
"""
BACK = f"""
ALTER POLICY orders_see ON orders_order USING ({SEEN});
ALTER POLICY orders_change ON orders_order USING ({SEEN});
DROP FUNCTION orders_taken;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_waiting_due")]

    operations = [
        migrations.CreateModel(
            name="Offer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("taker", models.TextField()),
                ("person_id", models.UUIDField(null=True)),
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("round", models.IntegerField()),
                ("score", models.IntegerField(db_default=0)),
                ("grounds", models.JSONField()),
                ("told", models.JSONField()),
                (
                    "state",
                    models.TextField(
                        choices=[
                            ("open", "Open"),
                            ("taken", "Taken"),
                            ("goes", "Goes"),
                            ("declined", "Declined"),
                            ("lapsed", "Lapsed"),
                        ],
                        db_default="open",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("lapses_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("words", models.TextField(db_default="")),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="offers", to="orders.order"
                    ),
                ),
            ],
            options={
                "db_table": "orders_offer",
                "indexes": [
                    models.Index(fields=["made_at", "taker"], name="orders_offer_taker"),
                    models.Index(fields=["person_id", "state"], name="orders_offer_person"),
                    models.Index(condition=models.Q(("state", "open")), fields=["unit_id"], name="orders_offer_unit"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "taken")), fields=("order",), name="orders_offer_taken_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["open", "taken", "goes"])),
                        fields=("order", "taker"),
                        name="orders_offer_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("item_code", models.TextField()),
                ("place_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("title", models.TextField()),
                ("description", models.TextField()),
                ("address", models.TextField(db_default="")),
                ("form", models.JSONField()),
                ("day_field", models.TextField(db_default="")),
                ("person_id", models.UUIDField(null=True)),
                ("unit_id", models.UUIDField(null=True)),
                ("name", models.TextField(db_default="")),
                ("phone", models.TextField(db_default="")),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("every_days", models.IntegerField()),
                ("days", django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None)),
                ("skipped", django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), size=None)),
                ("ahead_days", models.IntegerField()),
                ("planned_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "orders_plan",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)), fields=["last_day"], name="orders_plan_running"
                    ),
                    models.Index(fields=["person_id"], name="orders_plan_person"),
                ],
            },
        ),
        migrations.RunSQL(WALLS, BACK),
        GuardTable("orders_offer"),
        GuardTable("orders_plan"),
    ]
