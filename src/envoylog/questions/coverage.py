"""`coverage`: which questions a log can answer, and what its format lacks for the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb
import polars as pl

from envoylog.catalog.expressions import named_columns
from envoylog.questions.asked import Asked
from envoylog.questions.library import questions
from envoylog.questions.question import Question

_SCHEMA: Final = {
    "answers": pl.String,
    "group": pl.String,
    "question": pl.String,
    "missing": pl.String,
    "better_with": pl.String,
}
_ORDER: Final = ("no", "partly", "yes")


def answer(asked: Asked) -> pl.DataFrame:
    """Tell for each question what the log lacks.

    Parameters
    ----------
    asked : Asked
        The question.

    Returns
    -------
    polars.DataFrame
        Those that cannot be answered first.
    """
    rows = sorted(_rows(asked), key=lambda row: _ORDER.index(row[0]))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row").head(int(str(asked.values["limit"])))


def _rows(asked: Asked) -> Iterator[tuple[str, str, str, str | None, str | None]]:
    with duckdb.connect() as parser:
        for question in questions().values():
            missing = asked.log.missing(question.needs)
            better = [text for text in _better_with(asked, question, parser) if text not in missing]
            answers = "no" if missing else "partly" if better else "yes"
            yield (
                answers,
                question.group,
                question.id,
                ", ".join(missing) or None,
                ", ".join(better) or None,
            )


def _better_with(
    asked: Asked, question: Question, parser: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    """Name the operators of what its SQL looks at and the log lacks."""
    named = named_columns(parser, question.sql) or frozenset()
    texts = dict.fromkeys(
        text for name in asked.log.columns if name in named for text in asked.log.missing([name])
    )
    # What comes from around the lines, such as the pod, no format can add.
    return (text for text in texts if text.startswith("%"))
