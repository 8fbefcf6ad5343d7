"""Certificates, which are their owner's own; what everybody may see of one stands in the journal."""

from django.db import migrations, models

import tianqu.kernel.places.fields
from tianqu.kernel.journal.api import GuardTable

OWN = (
    "(SELECT tianqu_everything()) OR person_id = (SELECT tianqu_person()) OR (NOT of_person AND"
    " (unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> place_path))"
)
LAWS = f"""
ALTER TABLE certificates_certificate
    ADD CONSTRAINT certificates_days CHECK (first_day <= last_day AND amount > 0),
    ADD CONSTRAINT certificates_whose CHECK (of_person OR person_id IS NULL);
-- What was issued stays as it was issued, apart from being revoked, and emptied with its owner.
CREATE TRIGGER certificates_kept BEFORE UPDATE ON certificates_certificate FOR EACH ROW
    WHEN ((OLD.id, OLD.kind, OLD.code, OLD.of_person, OLD.book, OLD.account, OLD.first_day, OLD.last_day, OLD.amount,
            OLD.issued_at)
        IS DISTINCT FROM (NEW.id, NEW.kind, NEW.code, NEW.of_person, NEW.book, NEW.account, NEW.first_day,
            NEW.last_day, NEW.amount, NEW.issued_at)
        OR (NEW.person_id IS NOT NULL AND NEW.person_id IS DISTINCT FROM OLD.person_id)
        OR NEW.content NOT IN (OLD.content, '') OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NULL))
    EXECUTE FUNCTION journal_refuse();
ALTER TABLE certificates_certificate ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates_certificate FORCE ROW LEVEL SECURITY;
CREATE POLICY certificates_see ON certificates_certificate FOR SELECT USING ({OWN});
CREATE POLICY certificates_add ON certificates_certificate FOR INSERT WITH CHECK ({OWN});
CREATE POLICY certificates_change ON certificates_certificate FOR UPDATE USING ({OWN});
CREATE POLICY certificates_drop ON certificates_certificate FOR DELETE USING (false);
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [("journal", "0001_initial"), ("places", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Certificate",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("kind", models.TextField()),
                ("code", models.TextField(unique=True)),
                ("of_person", models.BooleanField()),
                ("person_id", models.UUIDField(null=True)),
                ("unit_id", models.UUIDField()),
                ("place_path", tianqu.kernel.places.fields.PathField()),
                ("book", models.TextField()),
                ("account", models.TextField()),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("amount", models.BigIntegerField()),
                ("content", models.TextField()),
                ("issued_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "certificates_certificate",
                "indexes": [
                    models.Index(fields=["person_id", "-issued_at"], name="certificates_person"),
                    models.Index(fields=["account", "-issued_at"], name="certificates_account"),
                ],
            },
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("certificates_certificate"),
    ]
