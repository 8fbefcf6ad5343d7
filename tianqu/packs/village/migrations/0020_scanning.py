"""The scans of contracts, which of them were taken away, their laws and their wall."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import AppendOnly, GuardTable

SEEN = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
LAWS = """
ALTER TABLE village_contract_scan ADD CONSTRAINT village_contract_scan_whole CHECK (
    kind IN ('contract', 'supplement', 'resolution', 'other') AND size > 0 AND coalesce(pages, 1) > 0
    AND sha256 ~ '^[0-9a-f]{64}$' AND (media_type LIKE 'image/%' OR media_type = 'application/pdf'));

CREATE FUNCTION village_scan_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_contract c WHERE c.id = NEW.contract_id AND c.place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_scan_at_home', 'a scan is of a contract of its place', 'Name that contract.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_scan_at_home BEFORE INSERT ON village_contract_scan
    FOR EACH ROW EXECUTE FUNCTION village_scan_at_home();

CREATE FUNCTION village_taken_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_contract_scan s WHERE s.id = NEW.scan_id AND s.place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_taken_at_home', 'a scan is taken away where it is', 'Name that scan.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_taken_at_home BEFORE INSERT ON village_scan_taken_away
    FOR EACH ROW EXECUTE FUNCTION village_taken_at_home();
"""
UNDONE = """
DROP TRIGGER village_taken_at_home ON village_scan_taken_away;
DROP TRIGGER village_scan_at_home ON village_contract_scan;
DROP FUNCTION village_taken_at_home();
DROP FUNCTION village_scan_at_home();
"""
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON {table} USING ({seen}) WITH CHECK ({seen});
"""
TABLES = ("village_contract_scan", "village_scan_taken_away")


def _of_somebody() -> list[tuple[str, models.Field]]:
    return [
        ("at", models.DateTimeField()),
        ("person_id", models.UUIDField(null=True)),
        ("post_id", models.UUIDField(null=True)),
        ("unit_id", models.UUIDField(null=True)),
    ]


class Migration(migrations.Migration):
    dependencies = [("village", "0019_erasing"), ("files", "0002_pages")]

    operations = [
        migrations.CreateModel(
            name="ContractScan",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                (
                    "kind",
                    models.TextField(
                        choices=[
                            ("contract", "Contract"),
                            ("supplement", "Supplement"),
                            ("resolution", "Resolution"),
                            ("other", "Other"),
                        ]
                    ),
                ),
                ("name", models.TextField()),
                ("media_type", models.TextField()),
                ("size", models.BigIntegerField()),
                ("pages", models.IntegerField(null=True)),
                ("sha256", models.TextField()),
                *_of_somebody(),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scans",
                        to="village.contract",
                    ),
                ),
            ],
            options={
                "db_table": "village_contract_scan",
                "indexes": [models.Index(fields=["contract", "at"], name="village_contract_scan_of")],
            },
        ),
        migrations.CreateModel(
            name="ScanTakenAway",
            fields=[
                (
                    "scan",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="taken_away",
                        serialize=False,
                        to="village.contractscan",
                    ),
                ),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("reason", models.TextField()),
                *_of_somebody(),
            ],
            options={"db_table": "village_scan_taken_away"},
        ),
        migrations.RunSQL(LAWS, UNDONE),
        *(
            migrations.RunSQL(
                WALL.format(table=table, seen=SEEN),
                f"DROP POLICY village_wall ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
            )
            for table in TABLES
        ),
        GuardTable("village_contract_scan"),
        AppendOnly("village_contract_scan", erasable=("name",)),
        GuardTable("village_scan_taken_away"),
        AppendOnly("village_scan_taken_away", erasable=("reason",)),
    ]
