"""Find out in which envelope the lines of a stream stand."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Final

import polars as pl

from envoylog.logs.archives import Stream
from envoylog.logs.blocks import read_blocks
from envoylog.logs.compression import Peeked, Readable
from envoylog.logs.envelopes.documents import taken_apart
from envoylog.logs.envelopes.envelope import PAYLOAD, Envelope, unwrap
from envoylog.logs.envelopes.nested import RUNTIMES, nested
from envoylog.logs.envelopes.records import Record
from envoylog.logs.envelopes.table import ENVELOPES

#: So many bytes of a stream are looked at, and so many lines of these.
SAMPLE: Final = 2**16
_LINES: Final = 200
# Of the lines that are not blank.
_ENOUGH: Final = 0.5
_BEGINS: Final = r"^[\[{]"
_JSON: Final = r"^(?:[^{\"]*\t)?\{"


def beginning(stream: Stream, size: int = SAMPLE) -> tuple[Readable, pl.Series]:
    """Look at the beginning of a stream.

    Parameters
    ----------
    stream : Stream
        Not read yet.
    size : int
        How many bytes to look at.

    Returns
    -------
    content : Readable
        Its bytes, from the start; of JSON documents, their records.
    lines : polars.Series
        The first whole lines.
    """
    content = Peeked(stream.content, size)
    apart = taken_apart(stream.name, content)
    if apart is not content:
        content = Peeked(apart, size)
    head = content.head
    whole = head[: head.rfind(b"\n") + 1] or head
    block = next(read_blocks(io.BytesIO(whole)), None)
    return content, block.lines if block else pl.Series(dtype=pl.String)


def candidates(lines: pl.Series) -> list[Envelope | None]:
    """Name the envelopes that half of the lines fit, and None for no envelope.

    Parameters
    ----------
    lines : polars.Series
        A sample.

    Returns
    -------
    list of Envelope or None
        Those whose marks are clear, then None, then those that other lines fit by chance.
    """
    lines = lines.filter(lines != "").head(_LINES)
    enough = max(1.0, _ENOUGH * len(lines))
    has_json = int(lines.str.contains(_JSON).sum()) >= enough
    first = Counter(line[0] for line in lines)
    fitting = [
        envelope
        for envelope in ENVELOPES.values()
        if (has_json or not envelope.json)
        and sum(first[char] for char in envelope.begins or first) >= enough
        and _fits(envelope, lines) >= enough
    ]
    strong: list[Envelope | None] = [row for row in fitting if not row.weak]
    within: list[Envelope | None] = [
        nested(outer, inner)
        for outer in fitting
        if outer not in RUNTIMES
        for inner in RUNTIMES
        if _fits(inner, outer.decode(lines)[PAYLOAD].fill_null("").str.strip_suffix("\n")) >= enough
    ]
    return [*strong, *within, None, *(row for row in fitting if row.weak)]


def detect_envelope(lines: pl.Series, read: Callable[[pl.Series], int]) -> Envelope | None:
    """Find the envelope of a stream.

    Parameters
    ----------
    lines : polars.Series
        A sample of its lines.
    read : callable
        Tells how many lines are recognised for what they are.

    Returns
    -------
    Envelope or None
        The one in which most lines are recognised; None if they stand in none.
    """
    found = candidates(lines)
    if len(found) == 1:
        return found[0]
    sample = lines.head(_LINES)
    counts: list[tuple[int, int]] = []
    for envelope in found:
        inside = unwrap(envelope, sample).lines if envelope else sample
        # Where nothing is recognised, clear marks count, and then how access logs begin.
        begins = int(inside.str.contains(_BEGINS).sum())
        clear = envelope is not None and not envelope.weak
        counts.append((read(inside), _LINES + 1 if clear else begins))
    return found[counts.index(max(counts))]


def _fits(envelope: Envelope, lines: pl.Series) -> int:
    payload = envelope.decode(lines)[PAYLOAD]
    ends = isinstance(envelope.decode, Record) and envelope.decode.newline
    if ends and not payload.str.ends_with("\n").any():
        return 0  # some shipper has taken the newlines off, by which chunks are known
    return int(payload.is_not_null().sum())
