"""Read the pieces of a plan, each from where the last run stopped."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

import polars as pl

from envoylog.errors import InputError
from envoylog.logs.archives import open_streams
from envoylog.logs.blocks import Block, read_blocks
from envoylog.logs.compression import Meter, Metered, Readable
from envoylog.logs.envelopes.detect import beginning
from envoylog.logs.envelopes.envelope import unwrap
from envoylog.logs.fingerprints import TAIL
from envoylog.parser.mixed import LineParser
from envoylog.pipeline.ingest.drafts import Piece
from envoylog.pipeline.ingest.looking import RotatedError, opened, skip
from envoylog.pipeline.reading import Located, Reading
from envoylog.pipeline.records import unfinished
from envoylog.spec.application_log import BLANK

# Among so many lines at the end of a file an access log is expected to have a record.
_LAST: Final = 200


@dataclass
class Limited:
    """A stream that ends where a piece does, and keeps its last bytes.

    Attributes
    ----------
    stream : Readable
        At the start of the piece.
    left : int or None
        How many bytes of it are to be read; None for all.
    last : bytes
        What was read last.
    count : int
        How many bytes were read.
    """

    stream: Readable
    left: int | None
    last: bytes
    count: int = 0

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        data = self.stream.read(size if self.left is None else min(size, self.left))
        if self.left is not None:
            self.left -= len(data)
        self.count += len(data)
        self.last = (self.last + data[-TAIL:])[-TAIL:]
        return data


@dataclass
class NewLines(Reading):
    """Reads pieces instead of whole sources.

    Attributes
    ----------
    pieces : list of Piece
        In order; those of one source follow each other.
    """

    pieces: list[Piece] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many bytes there are to read, as they are stored."""
        return sum(
            piece.content.source.size
            if piece.end is None or piece.content.packed
            else piece.end - piece.start
            for piece in self.pieces
        )

    def blocks(self) -> Iterator[Located]:
        """Read the blocks of all pieces; a file that was rotated meanwhile has its turn later."""
        for _name, group in groupby(self.pieces, key=lambda piece: piece.content.source.name):
            pieces = list(group)
            source, packed = pieces[0].content.source, pieces[0].content.packed
            self._meter = Meter(self.max_expansion)
            try:
                with opened(source, 0 if packed else pieces[0].start) as stored:
                    metered = Metered(stored, self._meter)
                    if packed:
                        yield from self._packed(pieces, metered)
                    else:
                        yield from self._piece(pieces[0], metered)
            except RotatedError:
                pass
            except InputError as failure:
                self._note(failure)
            self._done += self._meter.stored
            self._meter = Meter()

    def _packed(self, pieces: list[Piece], stored: Readable) -> Iterator[Located]:
        wanted = {piece.content.number: piece for piece in pieces}
        name = pieces[0].content.source.name
        for number, stream in enumerate(open_streams(name, stored, self._meter)):
            if piece := wanted.get(number):
                content = beginning(stream)[0]
                skip(content, piece.start)
                yield from self._piece(piece, content)

    def _piece(self, piece: Piece, stream: Readable) -> Iterator[Located]:
        if piece.after and not piece.after.is_whole:
            return  # it goes on where something ends that could not be read
        envelope = self.envelope_of(first_lines(piece.content.head))
        left = None if piece.end is None else piece.end - piece.start
        limited = Limited(stream, left, piece.before)
        held: Block | None = None
        failed = False
        try:
            for block in read_blocks(limited, self.block_size, self.max_line, offset=piece.start):
                if held:
                    yield piece.located(held, envelope)
                held = block
        except InputError as failure:
            self._note(failure)
            failed = True
        if held and limited.left and not held.long and not held.data.endswith(b"\n"):
            # It was truncated under our hands; half a line is no line.
            whole = held.data.rfind(b"\n") + 1
            held = Block(held.data[:whole], held.offset) if whole else None
        # What was held back counts as unread; where all was read to the end, it is known now.
        piece.read, piece.last = piece.start + limited.count, limited.last
        if piece.end is None and not failed:
            piece.end = piece.read
        if held:
            yield piece.located(held, envelope)


def first_lines(head: bytes) -> pl.Series:
    """Give the whole lines of a beginning."""
    block = next(read_blocks(io.BytesIO(head[: head.rfind(b"\n") + 1])), None)
    return block.lines if block else pl.Series(dtype=pl.String)


def unfinished_lines(reading: Reading, parser: LineParser, head: bytes, block: Block) -> int:
    """Count the lines at the end of a file whose rest may be to come.

    These are records that have begun, and lines of an application log: what goes on such a line
    bears no mark, so both must be read by one run.

    Parameters
    ----------
    reading : Reading
        Knows the envelopes.
    parser : AccessLogParser or MixedParser
        Knows the records.
    head : bytes
        The beginning of the file.
    block : Block
        Its last lines.
    """
    envelope = reading.envelope_of(first_lines(head))
    begun = unfinished(envelope, block, parser)
    lines = block.lines
    last = lines.tail(_LAST)
    unwrapped = unwrap(envelope, last) if envelope else None
    parsed = parser.parse_lines(unwrapped.lines if unwrapped else last)
    if parsed.rows.is_empty():
        return begun
    rows_end = int(parsed.places[-1])
    other = parsed.skipped.filter((pl.col("line") > rows_end) & (pl.col("reason") != BLANK))
    if other.is_empty():
        return begun
    first = int(other["line"][0])
    return max(begun, len(last) - (int(unwrapped.places[first]) if unwrapped else first))
