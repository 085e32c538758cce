"""Parse sources block by block, two blocks side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from envoylog.logs.blocks import Span
from envoylog.logs.envelopes.envelope import FACTS, Unwrapped, unwrap
from envoylog.logs.envelopes.paths import path_facts
from envoylog.logs.sources import Source
from envoylog.parser.continuations import Continuations
from envoylog.parser.mixed import LineParser
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.parser import Parsed
from envoylog.pipeline.reading import Carried, Located, Reading
from envoylog.pipeline.records import whole_records
from envoylog.pipeline.side_by_side import side_by_side
from envoylog.pipeline.unread import set_apart, too_long

# Lines that are worth a call of the parser.
_BATCH: Final = 10_000
_CONTROL: Final = r"[\x00-\x08\x0a-\x1f\x7f]"


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """What came of one block.

    Attributes
    ----------
    source : Source
        Where it stands.
    name : str
        The name of the source, or of the member of the archive that it is.
    span : Span
        Where in there; its bytes are gone.
    lines : int
        How many lines it has.
    parsed : Parsed
        Its rows and other lines. The rows have the columns of `FACTS` if the reading keeps them,
        the other lines a column `byte_offset`.
    carried : Carried or None
        Which of its lines stand in an earlier file; these have numbers below 1.
    first_line : int
        The number of its first line in the source, from 1.
    carried_line : int
        The number of the first of those in the earlier file there.
    """

    source: Source
    name: str
    span: Span
    lines: int
    parsed: Parsed
    carried: Carried | None = None
    first_line: int = 1
    carried_line: int = 1


@dataclass(frozen=True, slots=True)
class _Inside:
    """What came of the lines inside the envelopes of a block.

    Attributes
    ----------
    block : ParsedBlock
        Its numbers of lines are not known, and `parsed` is of the lines inside.
    stream : int
        The number of its stream.
    unwrapped : Unwrapped or None
        How these stood in envelopes, if they did.
    """

    block: ParsedBlock
    stream: int
    unwrapped: Unwrapped | None


def parse_blocks(
    reading: Reading, parser: LineParser, *, only_rows: bool = False
) -> Iterator[ParsedBlock]:
    """Parse sources block by block and in order; a record of several lines is never cut.

    Blocks are parsed side by side: much of what polars does to one block takes one core. Where only
    rows are asked for, other lines have no `byte_offset`.
    """

    def parse(located: Located) -> _Inside:
        lines = located.block.lines
        parsed, unwrapped = _parse(located, lines, parser, reading)
        if not only_rows:
            parsed = set_apart(parsed, located.block, unwrapped.places if unwrapped else None)
        span, carried = located.block.span, located.carried
        block = ParsedBlock(located.source, located.name, span, len(lines), parsed, carried)
        return _Inside(block, located.stream, unwrapped)

    line, stream, continuations = 1, -1, Continuations(parser.begins)
    for inside in side_by_side(parse, whole_records(reading, parser)):
        block, last_line = inside.block, line
        if inside.stream != stream:
            line, stream, continuations = 1, inside.stream, Continuations(parser.begins)
        if block.carried:
            line -= block.carried.lines
        parsed = _in_block(inside, continuations)
        yield replace(block, parsed=parsed, first_line=line, carried_line=last_line)
        line += block.lines
        # Not to be kept while the next one comes.
        del inside, block, parsed


def row_schema(reading: Reading, parser: LineParser) -> pl.Schema:
    """Name the columns of the rows that `parse_blocks` gives."""
    schema = pl.Schema(parser.schema)
    if reading.keep_facts:
        schema.update({name: kind for name, kind in FACTS.items() if name not in schema})
    return schema


def parse_kept(reading: Reading, parser: LineParser, narrowing: Narrowing) -> Iterator[Parsed]:
    """Parse only the lines that a condition does not leave out, those of many blocks at a time."""

    def keep(located: Located) -> Parsed | pl.Series:
        block, lines = located.block, located.block.lines
        if block.long or located.envelope or reading.keep_facts:
            return _parse(located, lines, parser, reading)[0]
        printable = narrowing.asks_for_controls and block.printable
        kept = narrowing.keep(lines, printable=printable)
        few = len(kept) < _BATCH
        return kept if few else parser.parse_lines(kept, printable=block.printable)

    waiting: list[pl.Series] = []
    for kept in side_by_side(keep, whole_records(reading, parser)):
        if isinstance(kept, pl.Series):
            waiting.append(kept)
        if waiting and (isinstance(kept, Parsed) or sum(map(len, waiting)) >= _BATCH):
            yield parser.parse_lines(pl.concat(waiting))
            waiting = []
        if isinstance(kept, Parsed):
            yield kept
    if waiting:
        yield parser.parse_lines(pl.concat(waiting))


def _parse(
    located: Located, lines: pl.Series, parser: LineParser, reading: Reading
) -> tuple[Parsed, Unwrapped | None]:
    """Parse the lines of a block, or those inside their envelopes."""
    block, envelope = located.block, located.envelope
    if block.long:
        parsed = too_long(lines, block.long, reading.max_line, parser.schema)
        return (_with_facts(parsed, None, located) if reading.keep_facts else parsed), None
    printable = block.printable
    quotes = block.quotes if parser.counts_quotes and not envelope else None
    unwrapped = None
    inside = lines
    if envelope:
        unwrapped = unwrap(envelope, lines)
        inside = unwrapped.lines
        if envelope.json and printable:
            printable = not inside.str.contains(_CONTROL).any()
    parsed = parser.parse_lines(inside, printable=printable, quotes=quotes)
    if reading.keep_facts:
        parsed = _with_facts(parsed, unwrapped, located)
    return parsed, unwrapped


def _with_facts(parsed: Parsed, unwrapped: Unwrapped | None, located: Located) -> Parsed:
    """Add to the rows what their envelopes say, and the path of their file."""
    beside = path_facts(located.name)
    facts = [
        pl.coalesce(
            unwrapped.facts[name].gather(parsed.places) if unwrapped else pl.lit(None, kind),
            pl.lit(beside.get(name), kind),
        ).alias(name)
        for name, kind in FACTS.items()
        if name not in parsed.rows.columns
    ]
    return replace(parsed, rows=parsed.rows.with_columns(facts))


def _in_block(inside: _Inside, continuations: Continuations) -> Parsed:
    """Find continuations among the lines inside, and say in which lines of the block they stand."""
    parsed, unwrapped = inside.block.parsed, inside.unwrapped
    if unwrapped is None:
        return continuations.found(parsed, inside.block.lines)
    parsed = continuations.found(parsed, len(unwrapped.lines), unwrapped.writers)
    places = unwrapped.places
    return replace(
        parsed,
        rejects=parsed.rejects.with_columns(places.gather(parsed.rejects["line"]).alias("line")),
        skipped=parsed.skipped.with_columns(places.gather(parsed.skipped["line"]).alias("line")),
        places=places.gather(parsed.places),
    )
