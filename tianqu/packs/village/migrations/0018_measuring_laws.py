"""The laws of what was walked of a parcel and of its photos, and their wall."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

SEEN = "(SELECT tianqu_everything()) OR (SELECT tianqu_places()) @> place_path"
LAWS = """
ALTER TABLE village_measurement ADD CONSTRAINT village_measurement_whole CHECK (
    area_mu_4 > 0 AND (accuracy_mu_4 IS NULL OR accuracy_mu_4 >= 0)
    AND jsonb_typeof(corners) = 'array' AND jsonb_array_length(corners) BETWEEN 3 AND 1000);
ALTER TABLE village_parcel_photo
    ADD CONSTRAINT village_parcel_photo_size CHECK (size >= 0 AND media_type LIKE 'image/%');

-- What was measured is what the register took over, at the parcel's own village.
CREATE FUNCTION village_measured_as_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_parcel_version v WHERE v.opened_by_id = NEW.change_id
            AND v.parcel_id = NEW.parcel_id AND v.area_mu_4 = NEW.area_mu_4 AND v.boundary IS NOT NULL
            AND v.place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_measured_as_entered', 'a measurement has the area that its change entered',
            'Enter the area that was measured.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_measured_as_entered BEFORE INSERT ON village_measurement
    FOR EACH ROW EXECUTE FUNCTION village_measured_as_entered();

CREATE FUNCTION village_photo_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM village_parcel p WHERE p.id = NEW.parcel_id AND p.place_path = NEW.place_path) THEN
        PERFORM village_refuse('village_photo_at_home', 'a photo is of a parcel of its place', 'Name that parcel.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER village_photo_at_home BEFORE INSERT ON village_parcel_photo
    FOR EACH ROW EXECUTE FUNCTION village_photo_at_home();
"""
WALL = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY village_wall ON {table} USING ({seen}) WITH CHECK ({seen});
"""
TABLES = ("village_measurement", "village_parcel_photo")


class Migration(migrations.Migration):
    dependencies = [("village", "0017_measuring")]

    operations = [
        migrations.RunSQL(
            LAWS + "".join(WALL.format(table=table, seen=SEEN) for table in TABLES), migrations.RunSQL.noop
        ),
        GuardTable("village_measurement"),
        AppendOnly("village_measurement"),
        GuardTable("village_parcel_photo"),
        AppendOnly("village_parcel_photo", erasable=("name",)),
    ]
