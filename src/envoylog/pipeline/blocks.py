"""Parse sources block by block, two blocks side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import polars as pl

from envoylog.errors import EnvoylogError
from envoylog.logs.blocks import Block, LongLine
from envoylog.logs.envelopes.envelope import FACTS, Unwrapped, unwrap
from envoylog.logs.envelopes.paths import path_facts
from envoylog.logs.sources import Source
from envoylog.parser.continuations import Continuations
from envoylog.parser.mixed import LineParser
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.parser import REFUSED_SCHEMA, Parsed
from envoylog.pipeline.reading import Carried, Located, Reading
from envoylog.pipeline.records import whole_records

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# While one block is in a step that takes one core, another has the other core.
_THREADS: Final = 2
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
    block : Block
        Its bytes.
    first_line : int
        The number of its first line in the source, from 1.
    parsed : Parsed
        Its rows and other lines. The rows have the columns of `FACTS` if the reading keeps them.
    carried : Carried or None
        Which of its lines stand in an earlier file; these have numbers below 1.
    carried_line : int
        The number of the first of them there.
    """

    source: Source
    name: str
    block: Block
    first_line: int
    parsed: Parsed
    carried: Carried | None = None
    carried_line: int = 1

    def places(self, lines: pl.Series) -> pl.DataFrame:
        """Say where some of its lines stand.

        Parameters
        ----------
        lines : polars.Series
            Their places in the block.

        Returns
        -------
        polars.DataFrame
            `source`, `line_number` and `byte_offset` of each.
        """
        offset = self.block.offsets(lines)
        number = lines.cast(pl.Int64) + self.first_line
        found = pl.DataFrame(
            [
                pl.repeat(self.name, len(lines), dtype=pl.String, eager=True).alias("source"),
                number.alias("line_number"),
                offset.alias("byte_offset"),
            ]
        )
        if self.carried is None:
            return found
        earlier = lines < self.carried.lines
        return found.select(
            pl.when(earlier).then(pl.lit(self.carried.name)).otherwise("source").alias("source"),
            pl.when(earlier)
            .then(lines.cast(pl.Int64) + self.carried_line)
            .otherwise("line_number")
            .alias("line_number"),
            pl.when(earlier)
            .then(offset - self.block.offset + self.carried.offset)
            .otherwise("byte_offset")
            .alias("byte_offset"),
        )


@dataclass(frozen=True, slots=True)
class _Inside:
    """What came of the lines inside the envelopes of a block.

    Attributes
    ----------
    count : int
        Of the lines of the block.
    parsed : Parsed
        Of the lines inside.
    unwrapped : Unwrapped or None
        How these stood in envelopes, if they did.
    """

    count: int
    parsed: Parsed
    unwrapped: Unwrapped | None


def parse_blocks(reading: Reading, parser: LineParser) -> Iterator[ParsedBlock]:
    """Parse sources block by block and in order; a record of several lines is never cut.

    Blocks are parsed side by side: much of what polars does to one block takes one core.
    """

    def parse(located: Located) -> _Inside:
        return _parse(located, parser, reading)

    line, stream, continuations = 1, -1, Continuations(parser.begins)
    for located, inside in _side_by_side(parse, whole_records(reading, parser)):
        last_line = line
        if located.stream != stream:
            line, stream, continuations = 1, located.stream, Continuations(parser.begins)
        if located.carried:
            line -= located.carried.lines
        yield ParsedBlock(
            located.source,
            located.name,
            located.block,
            line,
            _in_block(inside, continuations),
            located.carried,
            last_line,
        )
        line += inside.count
        # Not to be kept while the next one comes.
        del located, inside


def row_schema(reading: Reading, parser: LineParser) -> pl.Schema:
    """Name the columns of the rows that `parse_blocks` gives."""
    schema = pl.Schema(parser.schema)
    if reading.keep_facts:
        schema.update({name: kind for name, kind in FACTS.items() if name not in schema})
    return schema


def parse_kept(reading: Reading, parser: LineParser, narrowing: Narrowing) -> Iterator[Parsed]:
    """Parse only the lines that a condition does not leave out, those of many blocks at a time."""

    def keep(located: Located) -> Parsed | pl.Series:
        block = located.block
        if block.long or located.envelope or reading.keep_facts:
            return _parse(located, parser, reading).parsed
        printable = narrowing.asks_for_controls and block.printable
        kept = narrowing.keep(block.lines, printable=printable)
        few = len(kept) < _BATCH
        return kept if few else parser.parse_lines(kept, printable=block.printable)

    waiting: list[pl.Series] = []
    for _located, kept in _side_by_side(keep, whole_records(reading, parser)):
        if isinstance(kept, pl.Series):
            waiting.append(kept)
        if waiting and (isinstance(kept, Parsed) or sum(map(len, waiting)) >= _BATCH):
            yield parser.parse_lines(pl.concat(waiting))
            waiting = []
        if isinstance(kept, Parsed):
            yield kept
    if waiting:
        yield parser.parse_lines(pl.concat(waiting))


def _parse(located: Located, parser: LineParser, reading: Reading) -> _Inside:
    """Parse the lines of a block, or those inside their envelopes."""
    block, envelope, lines = located.block, located.envelope, located.block.lines
    if block.long:
        parsed = too_long(lines, block.long, reading.max_line, parser.schema)
        return _Inside(
            1, _with_facts(parsed, None, located) if reading.keep_facts else parsed, None
        )
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
    return _Inside(len(lines), parsed, unwrapped)


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
    parsed, unwrapped = inside.parsed, inside.unwrapped
    if unwrapped is None:
        return continuations.found(parsed, inside.count)
    parsed = continuations.found(parsed, len(unwrapped.lines), unwrapped.writers)
    places = unwrapped.places
    return replace(
        parsed,
        rejects=parsed.rejects.with_columns(places.gather(parsed.rejects["line"]).alias("line")),
        skipped=parsed.skipped.with_columns(places.gather(parsed.skipped["line"]).alias("line")),
        places=places.gather(parsed.places),
    )


def too_long(lines: pl.Series, long: LongLine, limit: int, schema: pl.Schema) -> Parsed:
    """Reject a line that is too long: its beginning, its size and its hash are kept."""
    text = f"{lines[0]}… ({long.size:,} bytes, sha256 {long.digest})"
    reason = f"the line is longer than {limit:,} bytes"
    row = {"line": [0], "reason": [reason], "field": [None], "text": [text]}
    rejects = pl.DataFrame(row, schema=REFUSED_SCHEMA)
    return Parsed(schema.to_frame(), rejects, rejects.clear(), rejects["line"].clear())


def _side_by_side(
    function: Callable[[_Item], _Result], items: Iterable[_Item]
) -> Iterator[tuple[_Item, _Result]]:
    """Run a function on items in two threads; results come in the order of the items."""
    pending: deque[tuple[_Item, Future[_Result]]] = deque()
    failure: EnvoylogError | None = None
    pool = ThreadPoolExecutor(_THREADS)
    try:
        try:
            for item in items:
                pending.append((item, pool.submit(function, item)))
                if len(pending) > _THREADS:
                    yield _result(pending.popleft())
        except EnvoylogError as error:
            # What was read before it is not lost.
            failure = error
        while pending:
            yield _result(pending.popleft())
    finally:
        # Not waiting: whoever stops early may do so from one of these threads.
        pool.shutdown(wait=False, cancel_futures=True)
    if failure:
        raise failure


def _result(pair: tuple[_Item, Future[_Result]]) -> tuple[_Item, _Result]:
    item, future = pair
    return item, future.result()
