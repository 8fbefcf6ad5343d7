"""The laws of returns: revisions stay as they were filed, each row is of its unit and office, and walls between units."""

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

CHECKS = """
ALTER TABLE returns_form ADD CONSTRAINT returns_form_code CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$');
ALTER TABLE returns_form_version
    ADD CONSTRAINT returns_version_design CHECK (number >= 1 AND jsonb_typeof(design) = 'object');
ALTER TABLE returns_campaign
    ADD CONSTRAINT returns_campaign_period_said CHECK (period ~ '^[12][0-9]{3}(-Q[1-4]|-(0[1-9]|1[0-2]))?$'),
    ADD CONSTRAINT returns_campaign_closed CHECK (closed_at IS NULL OR closed_at >= opened_at),
    ADD CONSTRAINT returns_campaign_office UNIQUE (id, office_unit_id);
ALTER TABLE returns_filing
    ADD CONSTRAINT returns_filing_units UNIQUE (order_id, unit_id, office_unit_id),
    ADD CONSTRAINT returns_filing_office FOREIGN KEY (campaign_id, office_unit_id)
        REFERENCES returns_campaign (id, office_unit_id);
ALTER TABLE returns_revision
    ADD CONSTRAINT returns_revision_kind CHECK (
        number >= 1 AND kind IN ('filed', 'revised', 'estimated') AND (kind = 'estimated') = (method <> '')),
    ADD CONSTRAINT returns_revision_units UNIQUE (id, unit_id, office_unit_id),
    ADD CONSTRAINT returns_revision_of UNIQUE (id, filing_id),
    ADD CONSTRAINT returns_revision_home FOREIGN KEY (filing_id, unit_id, office_unit_id)
        REFERENCES returns_filing (order_id, unit_id, office_unit_id);
-- What stands is a revision of this very return.
ALTER TABLE returns_filing ADD CONSTRAINT returns_filing_accepted FOREIGN KEY (accepted_id, order_id)
    REFERENCES returns_revision (id, filing_id);
ALTER TABLE returns_row
    ADD CONSTRAINT returns_row_values CHECK (position >= 0 AND jsonb_typeof(values) = 'object'),
    ADD CONSTRAINT returns_row_home FOREIGN KEY (revision_id, unit_id, office_unit_id)
        REFERENCES returns_revision (id, unit_id, office_unit_id);
ALTER TABLE returns_decision
    ADD CONSTRAINT returns_decision_reason CHECK (accepted OR reason <> ''),
    ADD CONSTRAINT returns_decision_home FOREIGN KEY (revision_id, unit_id, office_unit_id)
        REFERENCES returns_revision (id, unit_id, office_unit_id);
CREATE INDEX returns_campaign_of_office ON returns_campaign (office_unit_id, opened_at DESC);
"""

UNITS = "ANY ((SELECT tianqu_units())::uuid[])"
WALLED = ("filing", "revision", "row", "decision")
ASKED = {
    "form": "EXISTS (SELECT FROM returns_campaign c WHERE c.form_id = returns_form.id)",
    "form_version": "EXISTS (SELECT FROM returns_campaign c WHERE c.version_id = returns_form_version.id)",
    "campaign": "EXISTS (SELECT FROM returns_filing f WHERE f.campaign_id = returns_campaign.id)",
}


def wall(table: str, *, seen: str, written: str) -> str:
    """Rows of a table are seen and written where their unit or office is the connection's own, and nowhere else."""
    everything = "(SELECT tianqu_everything())"
    return f"""
ALTER TABLE returns_{table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE returns_{table} FORCE ROW LEVEL SECURITY;
CREATE POLICY returns_wall ON returns_{table} USING ({everything} OR {seen}) WITH CHECK ({everything} OR {written});
"""


OFFICE = f"office_unit_id = {UNITS}"
WALLS = "".join(
    [
        *(
            wall(name, seen=f"unit_id = {UNITS} OR {OFFICE}", written=f"unit_id = {UNITS} OR {OFFICE}")
            for name in WALLED
        ),
        # A unit sees what it was asked for, and how; it changes nothing of that.
        *(wall(name, seen=f"{OFFICE} OR {asked}", written=OFFICE) for name, asked in ASKED.items()),
        wall("draft", seen=f"unit_id = {UNITS}", written=f"unit_id = {UNITS}"),
    ]
)


class Migration(migrations.Migration):
    dependencies = [("returns", "0001_initial"), ("orders", "0002_laws")]

    operations = [
        migrations.RunSQL(CHECKS + WALLS, migrations.RunSQL.noop),
        *[GuardTable(f"returns_{table}") for table in (*WALLED, *ASKED, "draft")],
        AppendOnly("returns_form_version"),
        AppendOnly("returns_revision", erasable=("reason", "explanations")),
        AppendOnly("returns_row", erasable=("key", "values")),
        AppendOnly("returns_decision", erasable=("reason",)),
    ]
