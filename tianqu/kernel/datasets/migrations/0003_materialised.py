"""Which versions were erased, and a quick way to what an erasure emptied in the journal."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("datasets", "0002_laws"), ("journal", "0003_entries_of_their_own_transaction")]

    operations = [
        migrations.AddField("dataset", "erased_before", models.IntegerField(db_default=0)),
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS journal_entry_erased ON journal_entry (erased_at) WHERE erased_at IS NOT NULL",
            "DROP INDEX IF EXISTS journal_entry_erased",
        ),
    ]
