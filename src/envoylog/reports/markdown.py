r"""A report as Markdown, in which nothing that a log says can become a link, an image or a heading.

Texts of the log stand in code spans, where Markdown reads nothing but the end of the span.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from envoylog.display.shown import safe
from envoylog.reports.command import command
from envoylog.reports.findings import Named
from envoylog.reports.tables import Cell, table
from envoylog.reports.totals import totals

if TYPE_CHECKING:
    from envoylog.reports.report import Part, Report


def markdown(report: Report) -> str:
    """Write the whole report."""
    return "\n".join(_lines(report)).rstrip() + "\n"


def code(text: str) -> str:
    r"""Write a text of the log as a code span, safe in a table.

    Examples
    --------
    >>> print(code("a`b|c"))
    ``a`b\|c``
    """
    shown = re.sub(r"\s", " ", safe(text)).replace("|", r"\|")
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown.strip() else ""


def escaped(text: str) -> str:
    r"""Write a text so that Markdown takes none of it for its own.

    Examples
    --------
    >>> print(escaped("[x](http://evil)"))
    \[x\]\(http\:\/\/evil\)
    """
    plain = re.sub(r"\s+", " ", safe(text))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", plain)


def ours(text: str) -> str:
    r"""Write our own words, or those of a team's question: code stays code, marks stay marks.

    Examples
    --------
    >>> print(ours("look_at says `why`"))
    look\_at says `why`
    """
    pieces = safe(text).split("`")
    return "".join(
        code(piece) if number % 2 else re.sub(r"([\\*_<>\[\]|~#&])", r"\\\1", piece)
        for number, piece in enumerate(pieces)
    )


def _lines(report: Report) -> Iterator[str]:
    window = report.window
    yield f"# {ours(report.config.title)}"
    yield ""
    held = f", held against {window.earlier_words}" if window.earlier else ""
    alone = "" if window.earlier else f"; compared with nothing: {window.why_alone}"
    yield f"{window.words}{held}{alone}"
    yield ""
    for finding in report.findings:
        words = (code(word) if isinstance(word, Named) else word for word in finding.words)
        yield f"- **{finding.severity}**: {''.join(words)}"
    yield ""
    yield from _grid(("figure", "value", "before"), [False, True, False], (
        (total.name, total.value, total.before) for total in totals(report)
    ))  # fmt: skip
    for part in report.parts:
        yield from _part(report, part, "##")
    yield "## Can the data be believed?"
    yield ""
    for part in report.quality:
        yield from _part(report, part, "###")


def _part(report: Report, part: Part, level: str) -> Iterator[str]:
    yield f"{level} {ours(part.title)}"
    yield ""
    if part.refusal:
        yield f"This log cannot tell: {escaped(part.refusal)}."
        yield ""
        return
    found = table(report, part)
    if found is None:
        yield "No rows."
    else:
        names = ("before" if c.is_before else c.name for c in found.columns)
        heads = [
            f"{n} [{c.unit}]" if c.unit else n for n, c in zip(names, found.columns, strict=True)
        ]
        rows = ([_cell(cell) for cell in row] for row in found.rows)
        yield from _grid([escaped(h) for h in heads], [c.is_number for c in found.columns], rows)
        if found.total:
            first = f"First {len(found.rows)} of {found.total} rows."
            yield f"{first} All: {code(command(report, part))}"
            yield ""
    yield ""
    yield ours(part.question.reading)
    yield ""


def _cell(cell: Cell) -> str:
    text = code(cell.text) if cell.is_named else cell.text
    return f"[{text}]({cell.href})" if cell.href else text


def _grid(
    heads: Iterable[str], right: Iterable[bool], rows: Iterable[Iterable[str]]
) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---:' if one else '---' for one in right)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
