"""Figures under the journal's law: nothing outside an act, definitions and values never change, embargoes are walls.

A value under embargo is a row that nobody sees before its time but those who see its office.
"""

from __future__ import annotations

from django.db import migrations

from tianqu.kernel.journal.api import AppendOnly, GuardTable

LAWS = """
CREATE INDEX figures_search ON figures_figure USING gin (search gin_trgm_ops);
ALTER TABLE figures_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE figures_value FORCE ROW LEVEL SECURITY;
CREATE POLICY figures_add ON figures_value FOR INSERT WITH CHECK (true);
CREATE POLICY figures_see ON figures_value FOR SELECT USING (
    embargoed_until IS NULL OR embargoed_until <= now() OR (SELECT tianqu_everything())
    OR EXISTS (SELECT FROM figures_figure f WHERE f.id = figure_id AND (
        f.unit_id = ANY ((SELECT tianqu_units())::uuid[]) OR (SELECT tianqu_places()) @> f.place_path)));
CREATE TRIGGER figures_stays BEFORE DELETE ON figures_figure FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("figures", "0001_initial"), ("journal", "0002_log_check"), ("places", "0001_initial")]

    operations = [
        migrations.RunSQL(LAWS, migrations.RunSQL.noop),
        GuardTable("figures_figure"),
        GuardTable("figures_definition"),
        GuardTable("figures_value"),
        AppendOnly("figures_definition"),
        AppendOnly("figures_value"),
    ]
