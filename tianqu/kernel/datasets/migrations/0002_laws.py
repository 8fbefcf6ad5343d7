"""Datasets under the journal's law: nothing changes outside an act, a version never changes, and walls around both.

Everybody sees that there is an open dataset, or one of which cells are told. Of a shared one everybody knows who holds a
post, of a closed one only who sees its office or its place.
"""

from __future__ import annotations

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

SEEN = """(
    (SELECT tianqu_everything()) OR access IN ('open', 'cells')
    OR (access = 'shared' AND cardinality((SELECT tianqu_units())::uuid[]) > 0)
    OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path)"""
OWN = """(
    (SELECT tianqu_everything())
    OR unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path)"""
LAWS = f"""
CREATE INDEX datasets_search ON datasets_dataset USING gin (search gin_trgm_ops);
CREATE INDEX datasets_place ON datasets_dataset USING gist (place_path);
ALTER TABLE datasets_dataset ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets_dataset FORCE ROW LEVEL SECURITY;
CREATE POLICY datasets_add ON datasets_dataset FOR INSERT WITH CHECK {OWN};
CREATE POLICY datasets_see ON datasets_dataset FOR SELECT USING {SEEN};
CREATE POLICY datasets_change ON datasets_dataset FOR UPDATE USING {OWN};
ALTER TABLE datasets_version ENABLE ROW LEVEL SECURITY;
ALTER TABLE datasets_version FORCE ROW LEVEL SECURITY;
CREATE POLICY datasets_add ON datasets_version FOR INSERT WITH CHECK (
    EXISTS (SELECT FROM datasets_dataset d WHERE d.id = dataset_id));
CREATE POLICY datasets_see ON datasets_version FOR SELECT USING (
    EXISTS (SELECT FROM datasets_dataset d WHERE d.id = dataset_id));
-- A dataset keeps its code, by which everything that quotes it finds it.
CREATE FUNCTION datasets_code_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.code) <> (OLD.id, OLD.code) OR NEW.version < OLD.version THEN
        RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'datasets_code_kept',
            MESSAGE = 'a dataset keeps its code and its versions';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER datasets_code_kept BEFORE UPDATE ON datasets_dataset
    FOR EACH ROW EXECUTE FUNCTION datasets_code_kept();
CREATE TRIGGER datasets_stays BEFORE DELETE ON datasets_dataset
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial"), ("journal", "0002_log_check"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("datasets_dataset"),
        GuardTable("datasets_version"),
        AppendOnly("datasets_version"),
    ]
