"""Migration operations that put a table under the journal's law: no row changes outside an act.

Source of the idea: promise 1 of ARCHITECTURE.md. The trigger asks one thing at the end of each writing statement: has
this transaction opened an act, or already written a journal entry? The deferred trigger on ``journal_open`` then
refuses to commit an opened act that wrote no entry.
"""

from __future__ import annotations

from django.db.migrations.operations import RunSQL


class GuardTable(RunSQL):
    """Refuse INSERT, UPDATE, DELETE and TRUNCATE on ``table`` outside an act."""

    def __init__(self, table: str) -> None:
        self.table = table
        super().__init__(
            sql=f"""
            CREATE TRIGGER journal_guard AFTER INSERT OR UPDATE OR DELETE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION journal_guard();
            CREATE TRIGGER journal_guard_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
            """,
            reverse_sql=f"""
            DROP TRIGGER journal_guard ON {table};
            DROP TRIGGER journal_guard_truncate ON {table};
            """,
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [self.table], {})


class AppendOnly(RunSQL):
    """Refuse UPDATE and DELETE on ``table`` altogether, but for emptying the columns ``erasable`` of a row.

    Name there the columns that may hold personal data, so that a person can be erased; an emptied text is '', an
    emptied object {}, emptied bytes hold none.
    """

    def __init__(self, table: str, erasable: tuple[str, ...] = ()) -> None:
        self.table = table
        self.erasable = erasable
        columns = ", ".join(f"'{column}'" for column in erasable)
        super().__init__(
            sql=f"""
            CREATE TRIGGER journal_append_only BEFORE {"" if erasable else "UPDATE OR "}DELETE OR TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION journal_refuse();
            """
            + f"""
            CREATE TRIGGER journal_keep_row BEFORE UPDATE ON {table}
                FOR EACH ROW EXECUTE FUNCTION journal_keep_row({columns});
            """
            * bool(erasable),
            reverse_sql=f"""
            DROP TRIGGER journal_append_only ON {table};
            DROP TRIGGER IF EXISTS journal_keep_row ON {table};
            """,
        )

    def deconstruct(self) -> tuple[str, list[object], dict[str, object]]:
        return (self.__class__.__qualname__, [self.table], {"erasable": self.erasable} if self.erasable else {})
