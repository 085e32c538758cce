"""Join records that blocks, and rotated files, would cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from envoylog.logs.blocks import Block
from envoylog.logs.envelopes.envelope import Envelope, unwrap
from envoylog.logs.order import rotation
from envoylog.parser.mixed import LineParser
from envoylog.pipeline.reading import Located, Reading


def whole_records(reading: Reading, parser: LineParser) -> Iterator[Located]:
    """Read blocks; what may be the beginning of a record goes before the next block."""
    begun: Located | None = None
    for next_ in reading.blocks():
        located = next_
        if begun and _goes_on(begun, located):
            located, begun = located.after(begun), None
        elif begun and (begun.stream != located.stream or located.block.long):
            yield begun
            begun = None
        if begun:
            located = replace(begun, block=begun.block.joined(located.block))
            begun = None
        block: Block | None = located.block
        if not located.block.long and (
            count := unfinished(located.envelope, located.block, parser)
        ):
            block, rest = located.block.cut(count)
            begun = located.with_block(rest) if block else located
        if block:
            yield replace(located, block=block)
        if begun and len(begun.block.data) > reading.max_line:
            # Whatever it is, its end is not near.
            yield begun
            begun = None
    if begun:
        yield begun


def _goes_on(begun: Located, located: Located) -> bool:
    """Tell whether a file goes on what an earlier one begun: it was rotated in mid-line."""
    if begun.stream == located.stream or located.block.long or located.block.offset:
        return False
    chunks = begun.envelope is not None and begun.envelope.may_go_on is not None
    same = rotation(begun.name)[0] == rotation(located.name)[0]
    return chunks and same and begun.envelope == located.envelope


def unfinished(envelope: Envelope | None, block: Block, parser: LineParser) -> int:
    """Count the lines at the end of a block that belong to a record whose rest is to come."""
    if envelope is None:
        return parser.unfinished(block.lines) if parser.spans_lines else 0
    chunks = envelope.may_go_on is not None and envelope.may_go_on(block.data)
    if not chunks and not parser.spans_lines:
        return 0
    lines = block.lines
    unwrapped = unwrap(envelope, lines)
    inside = parser.unfinished(unwrapped.lines) if parser.spans_lines else 0
    first = int(unwrapped.places[-inside]) if inside else len(lines)
    return max(unwrapped.unfinished, len(lines) - first)
