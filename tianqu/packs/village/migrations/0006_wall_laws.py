"""The laws of the wall: everybody reads posters, and only who reaches the village publishes one; none is changed."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
ALTER TABLE village_wall
    ADD CONSTRAINT village_wall_quarter CHECK (quarter ~ '^[0-9]{4}Q[1-4]$'),
    ADD CONSTRAINT village_wall_corrects CHECK (edition >= 1 AND (edition = 1 OR reason <> ''));
CREATE INDEX village_wall_place ON village_wall USING gist (place_path);
CREATE INDEX village_wall_newest ON village_wall (place_code, quarter DESC, edition DESC);

-- Editions follow one another without gaps.
CREATE FUNCTION village_wall_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.edition > 1 AND NOT EXISTS (
        SELECT FROM village_wall w WHERE w.place_code = NEW.place_code AND w.quarter = NEW.quarter
            AND w.edition = NEW.edition - 1
    ) THEN
        PERFORM village_refuse('village_wall_follows', 'an edition follows the one before', 'Publish that one first.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_wall_follows BEFORE INSERT ON village_wall
    FOR EACH ROW EXECUTE FUNCTION village_wall_follows();

ALTER TABLE village_wall ENABLE ROW LEVEL SECURITY;
ALTER TABLE village_wall FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall_read ON village_wall FOR SELECT USING (true);
CREATE POLICY village_wall_write ON village_wall FOR INSERT
    WITH CHECK ((SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path);
"""


class Migration(migrations.Migration):
    dependencies = [("village", "0005_wall")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("village_wall"),
        AppendOnly("village_wall"),
    ]
