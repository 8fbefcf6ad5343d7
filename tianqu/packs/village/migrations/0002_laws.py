"""The laws of the registers, kept by the database itself, and the wall between villages."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

CHECKS = """
ALTER TABLE village_parcel_version
    ADD CONSTRAINT village_version_days CHECK (valid_to IS NULL OR valid_to >= valid_from),
    ADD CONSTRAINT village_version_closed CHECK ((valid_to IS NULL) = (closed_by_id IS NULL)),
    ADD CONSTRAINT village_version_area CHECK (area_mu_4 BETWEEN 1 AND 1000000000000000),
    ADD CONSTRAINT village_version_span CHECK (valid_from BETWEEN '1949-10-01' AND '2199-12-31'),
    -- What is one parcel on one day is one version of it.
    ADD CONSTRAINT village_version_apart
        EXCLUDE USING gist (parcel_id WITH =, daterange(valid_from, valid_to) WITH &&);
ALTER TABLE village_land_change
    ADD CONSTRAINT village_change_kind CHECK (kind IN ('registered', 'corrected', 'split', 'merged', 'struck'));
ALTER TABLE village_contract
    ADD CONSTRAINT village_contract_days CHECK (until IS NULL OR until > starts_on),
    ADD CONSTRAINT village_contract_amounts CHECK (area_mu_4 >= 1 AND coalesce(rent_year_fen, 0) >= 0),
    ADD CONSTRAINT village_contract_state CHECK (state IN ('in_force', 'ended', 'struck')),
    ADD CONSTRAINT village_contract_ended CHECK ((state = 'in_force') = (ended_on IS NULL));
ALTER TABLE village_contract_instalment
    ADD CONSTRAINT village_instalment_amounts CHECK (amount_fen >= 0 AND paid_fen >= 0),
    ADD CONSTRAINT village_instalment_days CHECK (covers_from < covers_until);
CREATE INDEX village_version_now ON village_parcel_version (parcel_id) WHERE valid_to IS NULL;
CREATE INDEX village_parcel_place ON village_parcel USING gist (place_path);
CREATE INDEX village_parcel_listed ON village_parcel (number, id);
CREATE INDEX village_contract_place ON village_contract USING gist (place_path);
CREATE INDEX village_contract_listed ON village_contract (number, id);
CREATE INDEX village_contract_peers ON village_contract (land_class, signed_on) WHERE rent_year_fen IS NOT NULL;
"""

LAWS = """
CREATE FUNCTION village_refuse(law text, said text, hint text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: %', said
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = law, HINT = hint;
END $$;

-- What a change closed and opened, held against its kind. Called when it is committed, for each change that was touched:
-- also for the one that a version was taken from, should ever one be moved to another.
CREATE FUNCTION village_land_lawful(change_id uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    change village_land_change%ROWTYPE;
    o record;
    c record;
    lawful boolean;
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);  -- a law is not blind to what its breaker cannot see
    SELECT * INTO change FROM village_land_change WHERE id = change_id;
    SELECT count(*) AS rows, coalesce(sum(v.area_mu_4), 0) AS area, count(DISTINCT v.parcel_id) AS parcels,
            coalesce(bool_and(v.valid_from = change.day AND p.place_id = change.place_id), true) AS fits
        INTO o FROM village_parcel_version v JOIN village_parcel p ON p.id = v.parcel_id WHERE v.opened_by_id = change_id;
    SELECT count(*) AS rows, coalesce(sum(v.area_mu_4), 0) AS area, count(DISTINCT v.parcel_id) AS parcels,
            coalesce(bool_and(p.place_id = change.place_id AND v.valid_to =
                CASE change.kind WHEN 'struck' THEN v.valid_from ELSE change.day END), true) AS fits
        INTO c FROM village_parcel_version v JOIN village_parcel p ON p.id = v.parcel_id WHERE v.closed_by_id = change_id;
    IF change.kind IN ('split', 'merged') AND o.area <> c.area THEN
        PERFORM village_refuse('village_area_kept',
            format('%s x 0.0001 mu became %s in the change %s', c.area, o.area, change_id),
            'Splitting and merging keep the area exactly.');
    END IF;
    lawful := CASE change.kind
        WHEN 'registered' THEN o.rows = 1 AND c.rows = 0
        WHEN 'struck' THEN o.rows = 0 AND c.rows = 1
        WHEN 'corrected' THEN o.rows = 1 AND c.rows = 1 AND NOT EXISTS (
            SELECT parcel_id FROM village_parcel_version WHERE opened_by_id = change_id
            EXCEPT SELECT parcel_id FROM village_parcel_version WHERE closed_by_id = change_id)
        WHEN 'split' THEN c.rows = 1 AND o.rows >= 2 AND o.parcels = o.rows
        WHEN 'merged' THEN o.rows = 1 AND c.rows >= 2 AND c.parcels = c.rows
        ELSE false END;
    IF change.id IS NULL OR NOT lawful OR NOT o.fits OR NOT c.fits THEN
        PERFORM village_refuse('village_change_whole', format('the change %s is not what its kind says', change_id),
            'Write a change with all of its versions, in one village, on its own day.');
    END IF;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

CREATE FUNCTION village_versions_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched uuid;
BEGIN
    FOREACH touched IN ARRAY CASE TG_OP
            WHEN 'INSERT' THEN ARRAY[NEW.opened_by_id, NEW.closed_by_id]
            WHEN 'DELETE' THEN ARRAY[OLD.opened_by_id, OLD.closed_by_id]
            ELSE ARRAY[NEW.opened_by_id, NEW.closed_by_id, OLD.opened_by_id, OLD.closed_by_id] END LOOP
        IF touched IS NOT NULL THEN
            PERFORM village_land_lawful(touched);
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER village_versions_lawful AFTER INSERT OR UPDATE OR DELETE ON village_parcel_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION village_versions_lawful();

CREATE FUNCTION village_change_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM village_land_lawful(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER village_change_lawful AFTER INSERT ON village_land_change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION village_change_lawful();

-- A version is closed once; all else of it stays as it was written.
CREATE FUNCTION village_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_by_id IS NOT NULL
        OR to_jsonb(NEW) - 'valid_to' - 'closed_by_id' <> to_jsonb(OLD) - 'valid_to' - 'closed_by_id' THEN
        PERFORM village_refuse('village_version_kept', 'what a parcel was stays written', 'Correct it by a change.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_version_kept BEFORE UPDATE ON village_parcel_version
    FOR EACH ROW EXECUTE FUNCTION village_version_kept();
CREATE TRIGGER village_version_stays BEFORE DELETE ON village_parcel_version
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A contract keeps its village and what it was entered as; one that has ended, or was struck, stays so.
CREATE FUNCTION village_contract_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.place_id, NEW.digest, NEW.entered_at) <> (OLD.id, OLD.place_id, OLD.digest, OLD.entered_at)
        OR NEW.version < OLD.version
        OR (OLD.state <> 'in_force' AND (NEW.state <> OLD.state OR NEW.ended_on <> OLD.ended_on)) THEN
        PERFORM village_refuse('village_contract_kept', 'a contract keeps its village, and one that ended stays ended',
            'Enter another contract.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_contract_kept BEFORE UPDATE ON village_contract
    FOR EACH ROW EXECUTE FUNCTION village_contract_kept();
CREATE TRIGGER village_contract_stays BEFORE DELETE ON village_contract
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- A contract is about parcels of its own village.
CREATE FUNCTION village_contract_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_contract c JOIN village_parcel p ON p.place_id = c.place_id
            WHERE c.id = NEW.contract_id AND p.id = NEW.parcel_id) THEN
        PERFORM village_refuse('village_contract_at_home', 'a contract is about parcels of its own village',
            'Name parcels of the village.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_contract_at_home BEFORE INSERT OR UPDATE ON village_contract_parcel
    FOR EACH ROW EXECUTE FUNCTION village_contract_at_home();

-- Rents within a township, for comparison, behind the wall: numbers and nothing that tells whose they are.
CREATE FUNCTION village_rents(of_class text, of_township ltree, first_day date, end_day date, without uuid)
RETURNS TABLE (signed_on date, rent_year_fen bigint, area_mu_4 bigint) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT c.signed_on, c.rent_year_fen, c.area_mu_4 FROM village_contract c
        WHERE c.land_class = of_class AND c.signed_on >= first_day AND c.signed_on < end_day AND c.place_path <@ of_township
            AND c.rent_year_fen IS NOT NULL AND c.state <> 'struck' AND c.id <> without
        ORDER BY c.signed_on, c.id LIMIT 20000;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;

-- Whether an identifier that a client gave stands for something already, whosever it is.
CREATE FUNCTION village_known(given uuid) RETURNS TABLE (digest bytea, place_id uuid) LANGUAGE plpgsql AS $$
DECLARE
    before text := current_setting('tianqu.everything', true);
BEGIN
    PERFORM set_config('tianqu.everything', 'on', true);
    RETURN QUERY SELECT x.digest, x.place_id FROM village_land_change x WHERE x.id = given
        UNION ALL SELECT y.digest, y.place_id FROM village_contract y WHERE y.id = given;
    PERFORM set_config('tianqu.everything', coalesce(before, ''), true);
END $$;
"""

TABLES = ("parcel", "land_change", "parcel_version", "contract", "contract_parcel", "contract_instalment", "judgement")


def wall(table: str) -> str:
    """Rows of a table are seen and touched where their village is within the connection's sight, and nowhere else."""
    seen = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
    return f"""
ALTER TABLE village_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON village_{table} USING ({seen}) WITH CHECK ({seen});
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0001_initial"), ("journal", "0003_entries_of_their_own_transaction")]

    operations = [
        migrations.RunSQL(CHECKS + LAWS, migrations.RunSQL.noop),
        migrations.RunSQL("".join(wall(table) for table in TABLES), migrations.RunSQL.noop),
        *[GuardTable(f"village_{table}") for table in TABLES],
        AppendOnly("village_parcel"),
        AppendOnly("village_land_change", erasable=("reason",)),
        AppendOnly("village_judgement"),
    ]
