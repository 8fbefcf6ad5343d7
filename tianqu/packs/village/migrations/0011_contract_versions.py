"""What a contract was after each act, its wall, and the numbers of it that everybody may read."""

import django.db.models.deletion
from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import AppendOnly, GuardTable

# Contracts that were entered before begin with what they are now; how they came to it is in the journal.
BEGINNING = """
SELECT set_config('tianqu.everything', 'on', true);
INSERT INTO village_contract_version (contract_id, place_path, version, event, at, facts, texts)
SELECT c.id, c.place_path, c.version,
    CASE c.state WHEN 'in_force' THEN 'entered' ELSE c.state END, c.changed_at,
    jsonb_build_object(
        'kind', c.kind, 'land_class', c.land_class,
        'own', c.lessor = (SELECT p.name FROM places_place p WHERE p.id = c.place_id),
        'signed_on', c.signed_on, 'starts_on', c.starts_on, 'until', c.until, 'ended_on', c.ended_on,
        'area_mu_4', c.area_mu_4, 'rent_year_fen', c.rent_year_fen,
        'instalments', coalesce((SELECT jsonb_agg(jsonb_build_object('due_on', i.due_on, 'amount_fen', i.amount_fen,
            'covers_from', i.covers_from, 'covers_until', i.covers_until, 'paid_fen', i.paid_fen) ORDER BY i.position)
            FROM village_contract_instalment i WHERE i.contract_id = c.id), '[]'),
        'written', c.particulars -> 'written',
        'resolution', CASE jsonb_typeof(c.particulars -> 'resolution') WHEN 'object' THEN jsonb_build_array(
            c.particulars -> 'resolution' -> 'held_on', c.particulars -> 'resolution' -> 'body') END,
        'township_approved_on', c.particulars -> 'township_approved_on',
        'parcels', coalesce((SELECT jsonb_agg(jsonb_build_array(v.parcel_id, v.land_class, v.area_mu_4) ORDER BY q.number)
            FROM village_contract_parcel h JOIN village_parcel q ON q.id = h.parcel_id
            JOIN village_parcel_version v ON v.parcel_id = q.id AND v.valid_to IS NULL WHERE h.contract_id = c.id), '[]')),
    jsonb_build_object(
        'number', c.number, 'use', c.particulars -> 'use_agreed', 'reference', c.particulars -> 'resolution_reference',
        'parcels', coalesce((SELECT jsonb_agg(q.number ORDER BY q.number)
            FROM village_contract_parcel h JOIN village_parcel q ON q.id = h.parcel_id
            JOIN village_parcel_version v ON v.parcel_id = q.id AND v.valid_to IS NULL WHERE h.contract_id = c.id), '[]'))
FROM village_contract c;
SELECT set_config('tianqu.everything', '', true);
"""

LAWS = """
ALTER TABLE village_contract_version
    ADD CONSTRAINT village_contract_version_event CHECK (event IN ('entered', 'corrected', 'paid', 'ended', 'struck'));
CREATE INDEX village_contract_version_place ON village_contract_version USING gist (place_path);

-- What everybody may read of contracts, behind the wall: kinds, days and numbers, and no word that somebody typed.
CREATE FUNCTION village_contracts_told(
    in_place ltree, first_at timestamptz, end_at timestamptz, of_contract uuid, after_at timestamptz, after_id bigint,
    most int
) RETURNS TABLE (
    id bigint, contract_id uuid, place_id uuid, place_path ltree, version int, event text, at timestamptz, facts jsonb
) LANGUAGE plpgsql SET plan_cache_mode = 'force_custom_plan' AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT v.id, v.contract_id, c.place_id, v.place_path, v.version, v.event, v.at, v.facts
        FROM village_contract_version v JOIN village_contract c ON c.id = v.contract_id
        WHERE v.place_path <@ in_place AND v.at >= first_at AND v.at < end_at AND (v.at, v.id) > (after_at, after_id)
            AND (of_contract IS NULL OR v.contract_id = of_contract)
        ORDER BY v.at, v.id LIMIT most;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

WALL = """
ALTER TABLE village_contract_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_contract_version FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_contract_version
    USING ((SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path)
    WITH CHECK ((SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path);
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0010_finding_laws")]

    operations = [
        migrations.CreateModel(
            name="ContractVersion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("version", models.IntegerField()),
                ("event", models.TextField()),
                ("at", models.DateTimeField()),
                ("facts", models.JSONField()),
                ("texts", models.JSONField()),
                (
                    "contract",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="village.contract",
                    ),
                ),
            ],
            options={
                "db_table": "village_contract_version",
                "indexes": [models.Index(fields=["at", "id"], name="village_contract_version_told")],
                "constraints": [
                    models.UniqueConstraint(fields=("contract", "version"), name="village_contract_version_once")
                ],
            },
        ),
        migrations.RunSQL(BEGINNING, migrations.RunSQL.noop),
        migrations.RunSQL(LAWS + WALL, migrations.RunSQL.noop),
        GuardTable("village_contract_version"),
        AppendOnly("village_contract_version", erasable=("texts",)),
    ]
