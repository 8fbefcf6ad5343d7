from django.db import migrations, models

from tianqu.kernel.journal.guards import GuardTable

LAWS = """
ALTER TABLE journal_entry ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX journal_entry_settled ON journal_entry (xid, id);
CREATE INDEX journal_entry_subject ON journal_entry (subject, id);
CREATE INDEX journal_entry_person ON journal_entry (actor_person_id) WHERE actor_person_id IS NOT NULL;
CREATE UNIQUE INDEX journal_entry_book ON journal_entry (book, book_sequence) WHERE book IS NOT NULL;
ALTER TABLE journal_entry ALTER COLUMN leaf SET STORAGE PLAIN;

CREATE TABLE journal_book (book text PRIMARY KEY, last bigint NOT NULL);

-- Acts under way, by transaction. A row lives only as long as its transaction, so it needs no write-ahead log.
CREATE UNLOGGED TABLE journal_opened (xid xid8 PRIMARY KEY)
    WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Requests answered: the same key with the same arguments gets the stored answer, not a second act.
CREATE TABLE journal_request (
    key text NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    digest bytea NOT NULL,
    result jsonb,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
);
CREATE INDEX journal_request_at ON journal_request (at);

-- Where the sequencer stands. One row; the cursor names the last entry that was given an index.
-- A dump restored into another cluster keeps the entries' xids, which mean nothing there: the cluster's identifier
-- tells, and from then on entries that already have an index are left out one by one.
CREATE TABLE journal_state (
    id int PRIMARY KEY DEFAULT 1 CHECK (id = 1),
    system_identifier bigint NOT NULL,
    restored boolean NOT NULL DEFAULT false,
    cursor_xid xid8 NOT NULL DEFAULT '0',
    cursor_entry bigint NOT NULL DEFAULT 0,
    size bigint NOT NULL DEFAULT 0
);

CREATE FUNCTION journal_open() RETURNS void LANGUAGE sql AS
$$ INSERT INTO journal_opened (xid) VALUES (pg_current_xact_id()) ON CONFLICT DO NOTHING $$;

CREATE FUNCTION journal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'tianqu: % on % is refused: what is written stays written', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct it with a new act.';
END $$;

-- A row of an append-only table may lose the columns named as arguments, within an act that erases a person.
CREATE FUNCTION journal_keep_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept jsonb := to_jsonb(NEW);
    name text;
BEGIN
    FOREACH name IN ARRAY TG_ARGV LOOP
        IF kept -> name NOT IN ('null', '""', '{}', '[]') AND kept -> name <> to_jsonb(OLD) -> name THEN
            RAISE EXCEPTION 'tianqu: %.% may be emptied, not changed', TG_TABLE_NAME, name
                USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct it with a new act.';
        END IF;
    END LOOP;
    IF kept - TG_ARGV <> to_jsonb(OLD) - TG_ARGV THEN
        RAISE EXCEPTION 'tianqu: % on % is refused: what is written stays written', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', HINT = 'Correct it with a new act.';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION journal_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM journal_opened WHERE xid = pg_current_xact_id())
        OR EXISTS (SELECT FROM journal_entry WHERE xid = pg_current_xact_id()) THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'tianqu: % on % outside an act', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Write through a function decorated with @act.';
END $$;

-- At commit: an act that was opened must have written its entry.
CREATE FUNCTION journal_close() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM journal_entry WHERE xid = NEW.xid) THEN
        RAISE EXCEPTION 'tianqu: an act was opened but wrote no journal entry'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    DELETE FROM journal_opened WHERE xid = NEW.xid;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_close AFTER INSERT ON journal_opened
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_close();

-- Entries are never deleted; the one change allowed is erasure, within an act: body and salt become null, and the
-- references to the person who acted may go with them.
CREATE FUNCTION journal_entry_keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND NEW.body IS NULL AND NEW.salt IS NULL AND NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL
        AND (NEW.id, NEW.xid, NEW.act, NEW.subject, NEW.channel, NEW.at, NEW.leaf)
            = (OLD.id, OLD.xid, OLD.act, OLD.subject, OLD.channel, OLD.at, OLD.leaf)
        AND (NEW.actor_person_id IS NULL OR NEW.actor_person_id IS NOT DISTINCT FROM OLD.actor_person_id)
        AND (NEW.actor_post_id IS NULL OR NEW.actor_post_id IS NOT DISTINCT FROM OLD.actor_post_id)
        AND EXISTS (SELECT FROM journal_opened WHERE xid = pg_current_xact_id())
        AND NEW.book IS NOT DISTINCT FROM OLD.book
        AND NEW.book_sequence IS NOT DISTINCT FROM OLD.book_sequence THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'tianqu: % on a journal entry is refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation', HINT = 'Only erasure may touch an entry.';
END $$;
CREATE TRIGGER journal_entry_keep BEFORE UPDATE OR DELETE ON journal_entry
    FOR EACH ROW EXECUTE FUNCTION journal_entry_keep();
CREATE TRIGGER journal_entry_truncate BEFORE TRUNCATE ON journal_entry
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
CREATE TRIGGER journal_sequence_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_sequence
    FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
-- What row-level security compares with.
CREATE FUNCTION tianqu_everything() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(current_setting('tianqu.everything', true), '') = 'on' $$;
CREATE FUNCTION tianqu_person() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('tianqu.person', true), '')::uuid $$;
CREATE FUNCTION tianqu_units() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('tianqu.units', true), ''), '{}')::uuid[] $$;
CREATE FUNCTION tianqu_places() RETURNS ltree[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('tianqu.places', true), ''), '{}')::ltree[] $$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            "CREATE EXTENSION IF NOT EXISTS ltree; CREATE EXTENSION IF NOT EXISTS pg_trgm;"
            " CREATE EXTENSION IF NOT EXISTS btree_gist;",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("act", models.TextField()),
                ("subject", models.TextField()),
                ("actor_person_id", models.UUIDField(null=True)),
                ("actor_post_id", models.UUIDField(null=True)),
                ("channel", models.TextField()),
                ("at", models.DateTimeField()),
                ("book", models.TextField(null=True)),
                ("book_sequence", models.BigIntegerField(null=True)),
                ("leaf", models.BinaryField()),
                ("salt", models.BinaryField(null=True)),
                ("body", models.BinaryField(null=True)),
                ("erased_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "journal_entry"},
        ),
        migrations.CreateModel(
            name="Sequence",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "entry",
                    models.OneToOneField(db_constraint=False, on_delete=models.deletion.PROTECT, to="journal.entry"),
                ),
            ],
            options={"db_table": "journal_sequence"},
        ),
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("journal_book"),
        GuardTable("journal_request"),
    ]
