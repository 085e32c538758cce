"""Parse sources block by block, two blocks side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import polars as pl

from envoylog.errors import EnvoylogError
from envoylog.logs.blocks import Block, read_blocks
from envoylog.logs.sources import Source
from envoylog.parser.narrowing import Narrowing
from envoylog.parser.parser import AccessLogParser, Parsed

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# While one block is in a step that takes one core, another has the other core.
_THREADS: Final = 2
# Lines that are worth a call of the parser.
_BATCH: Final = 10_000


@dataclass(frozen=True, slots=True)
class ParsedBlock:
    """What came of one block.

    Attributes
    ----------
    source : Source
        Where it stands.
    block : Block
        Its bytes.
    first_line : int
        The number of its first line in the source, from 1.
    parsed : Parsed
        Its rows and other lines.
    """

    source: Source
    block: Block
    first_line: int
    parsed: Parsed


def parse_blocks(sources: Iterable[Source], parser: AccessLogParser) -> Iterator[ParsedBlock]:
    """Parse sources block by block and in order; a record of several lines is never cut.

    Blocks are parsed side by side: much of what polars does to one block takes one core.
    """

    def parse(located: tuple[Source, Block]) -> tuple[int, Parsed]:
        lines = located[1].lines
        return len(lines), parser.parse_lines(lines, printable=located[1].printable)

    line = 1
    for (source, block), (count, parsed) in _side_by_side(parse, _whole_records(sources, parser)):
        line = 1 if block.offset == 0 else line
        yield ParsedBlock(source, block, line, parsed)
        line += count


def parse_kept(
    sources: Iterable[Source], parser: AccessLogParser, narrowing: Narrowing
) -> Iterator[Parsed]:
    """Parse only the lines that a condition does not leave out, those of many blocks at a time."""

    def keep(located: tuple[Source, Block]) -> Parsed | pl.Series:
        block = located[1]
        kept = narrowing.keep(block.lines, printable=block.printable)
        few = len(kept) < _BATCH
        return kept if few else parser.parse_lines(kept, printable=block.printable)

    waiting: list[pl.Series] = []
    for _located, kept in _side_by_side(keep, _whole_records(sources, parser)):
        if isinstance(kept, pl.Series):
            waiting.append(kept)
        if waiting and (isinstance(kept, Parsed) or sum(map(len, waiting)) >= _BATCH):
            yield parser.parse_lines(pl.concat(waiting))
            waiting = []
        if isinstance(kept, Parsed):
            yield kept
    if waiting:
        yield parser.parse_lines(pl.concat(waiting))


def _whole_records(
    sources: Iterable[Source], parser: AccessLogParser
) -> Iterator[tuple[Source, Block]]:
    """Read blocks; what may be the beginning of a record goes before the next block."""
    for source in sources:
        with source.open() as stream:
            begun: Block | None = None
            block: Block | None
            for read in read_blocks(stream):
                block, begun = begun.joined(read) if begun else read, None
                if parser.plan.document.lines > 1 and (
                    unfinished := parser.unfinished(block.lines)
                ):
                    block, begun = block.cut(unfinished)
                if block:
                    yield source, block
            if begun:
                yield source, begun


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
                    done, future = pending.popleft()
                    yield done, future.result()
        except EnvoylogError as error:
            # What was read before it is not lost.
            failure = error
        for done, future in pending:
            yield done, future.result()
    finally:
        # Not waiting: whoever stops early may do so from one of these threads.
        pool.shutdown(wait=False, cancel_futures=True)
    if failure:
        raise failure
