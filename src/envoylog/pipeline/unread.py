"""Lines that are no rows: where they stand, and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from envoylog.dataset import rejects
from envoylog.logs.blocks import Block, LongLine
from envoylog.parser.parser import REFUSED_SCHEMA, Parsed

if TYPE_CHECKING:
    from envoylog.pipeline.blocks import ParsedBlock


def too_long(lines: pl.Series, long: LongLine, limit: int, schema: pl.Schema) -> Parsed:
    """Reject a line that is too long: its beginning, its size and its hash are kept."""
    text = f"{lines[0]}… ({long.size:,} bytes, sha256 {long.digest})"
    reason = f"the line is longer than {limit:,} bytes"
    row = {"line": [0], "reason": [reason], "field": [None], "text": [text]}
    refused = pl.DataFrame(row, schema=REFUSED_SCHEMA)
    return Parsed(schema.to_frame(), refused, refused.clear(), refused["line"].clear())


def set_apart(parsed: Parsed, block: Block, places: pl.Series | None) -> Parsed:
    """Make the lines that are no rows independent of their block.

    Parameters
    ----------
    parsed : Parsed
        What came of the lines of a block, or of those inside their envelopes.
    block : Block
        It has the bytes.
    places : polars.Series or None
        Where in the block each line stands, if that is not its number.

    Returns
    -------
    Parsed
        Rejects and skipped lines have the column `byte_offset` more.
    """
    lines = pl.concat([parsed.rejects["line"], parsed.skipped["line"]])
    offsets = block.offsets(lines if places is None else places.gather(lines))
    count = len(parsed.rejects)
    return replace(
        parsed,
        rejects=_copied(parsed.rejects, offsets.head(count)),
        skipped=_copied(parsed.skipped, offsets.slice(count)),
    )


def _copied(lines: pl.DataFrame, offsets: pl.Series) -> pl.DataFrame:
    # A slice of the texts would keep the whole block in memory.
    texts = pl.Series("text", lines["text"].to_list(), dtype=pl.String)
    return lines.with_columns(texts, offsets.alias("byte_offset"))


def located(block: ParsedBlock, lines: pl.DataFrame) -> pl.DataFrame:
    """Say of some lines of a block where they stand in their source.

    Parameters
    ----------
    block : ParsedBlock
        The block.
    lines : polars.DataFrame
        Some of its rejects or skipped lines.

    Returns
    -------
    polars.DataFrame
        As a file of rejects has them.
    """
    if lines.is_empty():
        return rejects.SCHEMA.to_frame()
    line = pl.col("line").cast(pl.Int64)
    name, number = pl.lit(block.name), line + block.first_line
    offset = pl.col("byte_offset")
    if carried := block.carried:
        earlier = pl.col("line") < carried.lines
        name = pl.when(earlier).then(pl.lit(carried.name)).otherwise(name)
        number = pl.when(earlier).then(line + block.carried_line).otherwise(number)
        moved = carried.offset - block.span.offset
        offset = pl.when(earlier).then(offset + moved).otherwise(offset)
    return lines.select(
        name.alias("source"),
        number.alias("line_number"),
        offset.alias("byte_offset"),
        "reason",
        "field",
        "text",
    )
