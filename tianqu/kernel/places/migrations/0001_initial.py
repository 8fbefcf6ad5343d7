import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tianqu.base.identifiers
import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

LAWS = """
ALTER TABLE places_place ADD CONSTRAINT places_place_dates CHECK (valid_from < valid_to);
ALTER TABLE places_place ADD CONSTRAINT places_place_path_ends_in_code
    CHECK (subpath(path, nlevel(path) - 1)::text = code);
-- One code means one place at a time.
ALTER TABLE places_place ADD CONSTRAINT places_place_code_once
    EXCLUDE USING gist (code WITH =, daterange(valid_from, valid_to) WITH &&) DEFERRABLE INITIALLY IMMEDIATE;
CREATE INDEX places_place_path ON places_place USING gist (path);
CREATE INDEX places_place_path_order ON places_place (path);
CREATE INDEX places_place_code ON places_place (code text_pattern_ops);
CREATE INDEX places_place_name ON places_place USING gin (name gin_trgm_ops);

ALTER TABLE places_unit ADD CONSTRAINT places_unit_dates CHECK (valid_from <= valid_to);
CREATE INDEX places_unit_kind ON places_unit (kind, place_id);

ALTER TABLE places_post ADD CONSTRAINT places_post_dates CHECK (valid_from <= valid_to);
ALTER TABLE places_post ADD CONSTRAINT places_post_once
    EXCLUDE USING gist (person_id WITH =, unit_id WITH =, role WITH =, daterange(valid_from, valid_to) WITH &&);

-- An account's password, last sign-in and reminder to change the password are written while somebody signs in, by
-- Django and allauth, outside acts. Everything else about an account changes by acts alone.
CREATE TRIGGER journal_guard AFTER INSERT OR DELETE ON places_account
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_guard_change AFTER UPDATE ON places_account FOR EACH ROW
    WHEN ((OLD.id, OLD.login, OLD.person_id, OLD.is_active, OLD.created_at, OLD.disabled_at)
        IS DISTINCT FROM (NEW.id, NEW.login, NEW.person_id, NEW.is_active, NEW.created_at, NEW.disabled_at))
    EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_guard_truncate BEFORE TRUNCATE ON places_account
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- The time a token was last used is written by each use of it; using a token is not an act.
CREATE TRIGGER journal_guard AFTER INSERT OR DELETE ON places_api_token
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_guard_change AFTER UPDATE ON places_api_token FOR EACH ROW
    WHEN ((OLD.id, OLD.account_id, OLD.post_id, OLD.name, OLD.digest, OLD.hint, OLD.scopes, OLD.created_at,
           OLD.expires_at, OLD.revoked_at)
        IS DISTINCT FROM (NEW.id, NEW.account_id, NEW.post_id, NEW.name, NEW.digest, NEW.hint, NEW.scopes,
           NEW.created_at, NEW.expires_at, NEW.revoked_at))
    EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_guard_truncate BEFORE TRUNCATE ON places_api_token
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();

-- Lines are added to the access log outside acts, and changed or removed by acts alone.
CREATE TRIGGER journal_guard AFTER UPDATE OR DELETE ON places_access_record
    FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
CREATE TRIGGER journal_guard_truncate BEFORE TRUNCATE ON places_access_record
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE INDEX places_access_record_person ON places_access_record (person_id, id);
CREATE INDEX places_access_record_about ON places_access_record (about_person_id, id)
    WHERE about_person_id IS NOT NULL;

-- Who sees a person: the person; the units where they have a post or their file; whoever oversees those places.
ALTER TABLE places_person ENABLE ROW LEVEL SECURITY;
ALTER TABLE places_person FORCE ROW LEVEL SECURITY;
CREATE FUNCTION places_unit_in_scope(unit uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT unit = ANY (tianqu_units()) OR EXISTS (
       SELECT FROM places_unit u JOIN places_place p ON p.id = u.place_id
       WHERE u.id = unit AND p.path <@ tianqu_places()) $$;
CREATE POLICY places_person_see ON places_person FOR SELECT USING (
    (SELECT tianqu_everything()) OR id = (SELECT tianqu_person())
    OR (unit_id IS NOT NULL AND places_unit_in_scope(unit_id))
    OR EXISTS (SELECT FROM places_post WHERE places_post.person_id = places_person.id
               AND places_unit_in_scope(places_post.unit_id)));
CREATE POLICY places_person_change ON places_person FOR UPDATE USING (
    (SELECT tianqu_everything()) OR id = (SELECT tianqu_person())
    OR (unit_id IS NOT NULL AND places_unit_in_scope(unit_id)));
-- A resident makes their own person before they are anybody; a unit's file is made by those who oversee the unit.
CREATE POLICY places_person_add ON places_person FOR INSERT WITH CHECK (
    (SELECT tianqu_everything()) OR unit_id IS NULL OR places_unit_in_scope(unit_id));

ALTER TABLE places_access_record ENABLE ROW LEVEL SECURITY;
ALTER TABLE places_access_record FORCE ROW LEVEL SECURITY;
CREATE POLICY places_access_record_see ON places_access_record FOR SELECT USING (
    (SELECT tianqu_everything()) OR person_id = (SELECT tianqu_person())
    OR about_person_id = (SELECT tianqu_person()));
CREATE POLICY places_access_record_add ON places_access_record FOR INSERT WITH CHECK (true);
CREATE POLICY places_access_record_change ON places_access_record FOR UPDATE USING ((SELECT tianqu_everything()));
CREATE POLICY places_access_record_remove ON places_access_record FOR DELETE USING ((SELECT tianqu_everything()));
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("journal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AccessRecord",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("person_id", models.UUIDField(null=True)),
                ("what", models.TextField()),
                ("subject", models.TextField(default="")),
                ("about_person_id", models.UUIDField(null=True)),
                ("channel", models.TextField()),
                ("address", models.TextField(default="")),
                ("agent", models.TextField(default="")),
            ],
            options={
                "db_table": "places_access_record",
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("name", models.TextField()),
                ("name_en", models.TextField(blank=True, default="")),
                ("phone", models.TextField(blank=True, default="")),
                ("email", models.TextField(blank=True, default="")),
                ("language", models.TextField(default="zh-hans")),
                ("created_at", models.DateTimeField()),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "places_person",
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("login", models.TextField(unique=True)),
                ("is_active", models.BooleanField(default=True)),
                ("must_change_password", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField()),
                ("disabled_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="account",
                        to="places.person",
                    ),
                ),
            ],
            options={
                "db_table": "places_account",
            },
        ),
        migrations.CreateModel(
            name="Place",
            fields=[
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("code", models.TextField()),
                ("name", models.TextField()),
                ("name_en", models.TextField(blank=True, default="")),
                ("kind", models.TextField()),
                ("path", tianqu.kernel.places.fields.PathField()),
                ("lon", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("lat", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("position_invented", models.BooleanField(default=False)),
                ("boundary", models.JSONField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.place",
                    ),
                ),
            ],
            options={
                "db_table": "places_place",
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("role", models.TextField()),
                ("title", models.TextField(blank=True, default="")),
                (
                    "deputy_of",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deputies",
                        to="places.post",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="places.person"
                    ),
                ),
            ],
            options={
                "db_table": "places_post",
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("name", models.TextField()),
                ("digest", models.BinaryField(unique=True)),
                ("hint", models.TextField()),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None),
                ),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.post",
                    ),
                ),
            ],
            options={
                "db_table": "places_api_token",
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("code", models.TextField(unique=True)),
                ("name", models.TextField()),
                ("name_en", models.TextField(blank=True, default="")),
                ("kind", models.TextField()),
                ("phone", models.TextField(blank=True, default="")),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="places.unit",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="units", to="places.place"
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.unit",
                    ),
                ),
            ],
            options={
                "db_table": "places_unit",
            },
        ),
        migrations.AddField(
            model_name="post",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="posts", to="places.unit"
            ),
        ),
        migrations.AddField(
            model_name="person",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="files", to="places.unit"
            ),
        ),
        migrations.CreateModel(
            name="Succession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=tianqu.base.identifiers.new_identifier, primary_key=True, serialize=False),
                ),
                ("happened_on", models.DateField()),
                ("kind", models.TextField()),
                ("derived", models.TextField()),
                (
                    "from_place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="successions",
                        to="places.place",
                    ),
                ),
                (
                    "to_place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="predecessions",
                        to="places.place",
                    ),
                ),
            ],
            options={
                "db_table": "places_succession",
                "constraints": [
                    models.UniqueConstraint(fields=("from_place", "to_place"), name="places_succession_once"),
                    models.CheckConstraint(
                        condition=models.Q(("from_place", models.F("to_place")), _negated=True),
                        name="places_succession_not_self",
                    ),
                ],
            },
        ),
        GuardTable("places_place"),
        GuardTable("places_succession"),
        GuardTable("places_unit"),
        GuardTable("places_person"),
        GuardTable("places_post"),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
    ]
