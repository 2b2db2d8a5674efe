"""The queries that are asked: none names a group."""

from __future__ import annotations

from fairwitness.audit.probe import Context
from fairwitness.audit.records import Table
from fairwitness.probes.kit.privacy import private
from fairwitness.probes.kit.rows import rows_of
from fairwitness.probes.kit.words import Words

WORDS = Words.beside(__file__)
PICTURES, QUERIES, OWN = (WORDS.data_need(name) for name in ("pictures", "image_queries", "own_queries"))


def queries_asked(ctx: Context) -> tuple[tuple[str, ...], bool]:
    """The queries, and whether they are a user's own."""
    table = ctx.data[OWN.name if OWN.name in ctx.data else QUERIES.name]
    return queries_of(table), private(table.source)


def queries_of(table: Table) -> tuple[str, ...]:
    """The queries of a table, each once. Raises DoesNotApply where there is none."""
    queries = tuple(dict.fromkeys(query.strip() for (query,) in rows_of(table, OWN.columns) if query.strip()))
    if not queries:
        raise WORDS.does_not_apply("absent.no_query", "data_unfit")
    return queries
