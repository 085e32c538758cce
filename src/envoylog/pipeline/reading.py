"""Read all sources of a run, one after the other, whatever becomes of each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

import polars as pl

from envoylog.errors import InputError
from envoylog.logs.archives import Stream, open_streams
from envoylog.logs.blocks import BLOCK_SIZE, MAX_LINE, Block, read_blocks
from envoylog.logs.compression import MAX_EXPANSION, Meter, Metered, Readable
from envoylog.logs.envelopes.detect import beginning, detect_envelope
from envoylog.logs.envelopes.envelope import Envelope, unwrap
from envoylog.logs.envelopes.table import ENVELOPES
from envoylog.logs.sources import Source
from envoylog.parser.mixed import LineParser
from envoylog.spec.application_log import BLANK

#: What `scan` and `parse` read.
Logs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class Carried:
    """The last lines of a file, where a record goes on in the file that it was rotated to.

    Attributes
    ----------
    name : str
        Of the earlier file.
    offset : int
        Where its last lines begin.
    lines, size : int
        How many lines, and bytes.
    """

    name: str
    offset: int
    lines: int
    size: int


@dataclass(frozen=True, slots=True)
class Located:
    """A block and where it stands.

    Attributes
    ----------
    source : Source
        Its source.
    name : str
        The name of the source, or of the member of the archive that it is.
    stream : int
        The number of the stream among all of the run: blocks of one stream follow each other.
    block : Block
        Its bytes.
    envelope : Envelope or None
        In which the lines of the stream stand.
    carried : Carried or None
        What of the block stands in an earlier file.
    """

    source: Source
    name: str
    stream: int
    block: Block
    envelope: Envelope | None = None
    carried: Carried | None = None

    def with_block(self, block: Block) -> Located:
        """Give the same place to another block."""
        return replace(self, block=block, carried=None)

    def after(self, begun: Located) -> Located:
        """Put the end of an earlier file before it."""
        block = begun.block
        carried = Carried(begun.name, block.offset, len(block.lines), len(block.data))
        joined = Block(block.data + self.block.data, self.block.offset - carried.size)
        return replace(self, block=joined, carried=carried)


@dataclass
class Reading:
    """Reads sources; what cannot be read is kept in mind, and the rest goes on.

    Attributes
    ----------
    sources : sequence of Source
        In the order in which to read them.
    max_line : int
        In bytes; longer lines become rejects.
    max_expansion : float
        How many times its own size a source may unpack to.
    block_size : int
        In bytes.
    failures : list of InputError
        What could not be read, or broke off.
    keep_facts : bool
        Whether rows get the columns of `FACTS`.
    recognise : callable, optional
        Tells how many lines are recognised for what they are; without it, no envelope is looked
        for.
    lost_facts : bool
        Whether an envelope was met that said something which was not kept.
    nested : set of str
        Which envelopes were met inside others.
    """

    sources: Sequence[Source]
    max_line: int = MAX_LINE
    max_expansion: float = MAX_EXPANSION
    block_size: int = BLOCK_SIZE
    failures: list[InputError] = field(default_factory=list)
    keep_facts: bool = False
    recognise: Callable[[pl.Series], int] | None = None
    lost_facts: bool = False
    nested: set[str] = field(default_factory=set)
    # A beginning is looked at for what its envelope says, and once more when it is read.
    _looked: tuple[pl.Series, Envelope | None] | None = None
    _done: int = 0
    _meter: Meter = field(default_factory=Meter)

    @property
    def stored(self) -> int:
        """How many bytes were read, as they are stored."""
        return self._done + self._meter.stored

    @property
    def total(self) -> int:
        """How many bytes there are, as they are stored; 0 where a source does not tell."""
        sizes = [source.size for source in self.sources]
        known = all(source.size_is_known for source in self.sources)
        return sum(sizes) if known else 0

    def refuse_nothing(self, lines: int) -> None:
        """Raise the first failure if nothing was read."""
        if self.failures and not lines:
            raise self.failures[0]

    def blocks(self) -> Iterator[Located]:
        """Read the blocks of all sources.

        Yields
        ------
        Located
        """
        numbers = count()
        for source in self.sources:
            self._meter = Meter(self.max_expansion)
            try:
                with source.open() as stored:
                    yield from self._streams(source, Metered(stored, self._meter), numbers)
            except InputError as failure:
                self._note(failure)
            self._done += source.size if source.size_is_known else self._meter.stored
            self._meter = Meter()

    def _streams(
        self, source: Source, stored: Metered, numbers: Iterator[int]
    ) -> Iterator[Located]:
        for stream in open_streams(source.name, stored, self._meter):
            number = next(numbers)
            try:
                content, envelope = self._looked_at(stream)
                for block in read_blocks(content, self.block_size, self.max_line):
                    yield Located(source, stream.name, number, block, envelope)
            except InputError as failure:
                self._note(failure)

    def _looked_at(self, stream: Stream) -> tuple[Readable, Envelope | None]:
        """Find the envelope of a stream by its beginning."""
        if self.recognise is None:
            return stream.content, None
        content, lines = beginning(stream)
        envelope = self.envelope_of(lines)
        if envelope and not self.keep_facts and not self.lost_facts:
            self.lost_facts = not unwrap(envelope, lines).is_silent
        return content, envelope

    def envelope_of(self, lines: pl.Series) -> Envelope | None:
        """Find the envelope in which some lines stand."""
        if self.recognise is None:
            return None
        if self._looked is None or not self._looked[0].equals(lines):
            self._looked = lines, detect_envelope(lines, self.recognise)
        envelope = self._looked[1]
        if envelope and envelope.name not in ENVELOPES:
            self.nested.add(envelope.name)
        return envelope

    def _note(self, failure: InputError) -> None:
        # An archive that is cut off breaks its member off, and then itself.
        if not any(failure is known for known in self.failures):
            self.failures.append(failure)


def recognised(parser: LineParser, lines: pl.Series) -> int:
    """Count the lines that are known for what they are: records, and lines of other logs."""
    parsed = parser.parse_lines(lines)
    return len(parsed.rows) + len(parsed.skipped.filter(pl.col("reason") != BLANK))
