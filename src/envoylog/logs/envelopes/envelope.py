"""An envelope, and how a block of its lines is unwrapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

#: The line inside; NULL where a line does not fit the envelope.
PAYLOAD: Final = "payload"
#: Whether the line inside goes on in the next one of the same writer.
GOES_ON: Final = "goes_on"
#: What is known of a line from its envelope.
FACTS: Final = pl.Schema(
    {
        "envelope_time": pl.Datetime("us", "UTC"),
        "stream": pl.String(),
        "pod": pl.String(),
        "container": pl.String(),
        "namespace": pl.String(),
        "node": pl.String(),
    }
)
# Who wrote a line: chunks are joined, and lines go on, within one writer.
_WRITER: Final = ("stream", "pod", "container", "namespace", "node")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One kind of envelope: a row of the table.

    Attributes
    ----------
    name : str
        How it is called in the documentation.
    written_by : str
        By which programs.
    example : str
        A line of its kind.
    decode : callable
        Gives a frame of `payload`, any of the facts and perhaps `goes_on`, one row per line.
    weak : bool
        Whether lines of other kinds fit it by chance, so that what is inside must prove it.
    may_go_on : callable, optional
        Given if it cuts long lines into chunks: tells quickly whether a block may hold chunks.
    json : bool
        Whether the line inside is escaped, so that it may hold any character.
    begins : str
        With which characters a line may begin, any if none are given: tells quickly what is no
        such line.
    """

    name: str
    written_by: str
    example: str
    decode: Callable[[pl.Series], pl.DataFrame]
    weak: bool = False
    may_go_on: Callable[[bytes], bool] | None = None
    json: bool = False
    begins: str = ""


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """The lines inside the lines of a block.

    Attributes
    ----------
    lines : polars.Series
        What stood in the envelopes. A line that is in none stands as it is.
    places : polars.Series
        The line (from 0) in which each begins.
    facts : polars.DataFrame
        What is known of each, `FACTS`.
    fits : polars.Series
        Whether it was in an envelope.
    unfinished : int
        How many lines at the end of the block belong to a line inside that still goes on.
    """

    lines: pl.Series
    places: pl.Series
    facts: pl.DataFrame
    fits: pl.Series
    unfinished: int = 0

    @property
    def is_silent(self) -> bool:
        """Whether the envelopes say nothing of their lines."""
        return all(fact.null_count() == len(fact) for fact in self.facts)

    @property
    def writers(self) -> pl.Series:
        """A name for the writer of each line."""
        return self.facts.select(
            pl.concat_str(_WRITER, separator="\0", ignore_nulls=True).fill_null("")
        ).to_series()


def unwrap(envelope: Envelope, lines: pl.Series) -> Unwrapped:
    r"""Unwrap lines.

    Parameters
    ----------
    envelope : Envelope
        What they are wrapped in.
    lines : polars.Series
        Whole lines.

    Returns
    -------
    Unwrapped

    Examples
    --------
    >>> from envoylog.logs.envelopes.table import ENVELOPES
    >>> head = "2026-11-24T00:33:15.832123456Z stdout"
    >>> lines = pl.Series([f"{head} P one,", f"{head} F two", "three"])
    >>> unwrap(ENVELOPES["CRI"], lines).lines.to_list()
    ['one,two', 'three']
    """
    decoded = envelope.decode(lines)
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in FACTS.items() if name not in decoded
    ]
    frame = decoded.with_columns(
        *missing,
        pl.col(PAYLOAD).is_not_null().alias("fits"),
        pl.coalesce(PAYLOAD, lines).alias(PAYLOAD),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("place"),
    )
    unfinished = 0
    if envelope.may_go_on and frame[GOES_ON].any():
        frame, unfinished = _joined(frame)
    frame = _split(frame)
    return Unwrapped(
        frame[PAYLOAD], frame["place"], frame.select(*FACTS), frame["fits"], unfinished
    )


def _joined(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Join chunks; also count the lines from the first one on that still goes on."""
    goes_on = pl.col(GOES_ON).fill_null(value=False) & pl.col("fits")
    writer = pl.struct("fits", *_WRITER)
    numbered = frame.with_columns(
        (~goes_on).cum_sum().shift(1, fill_value=0).over(writer).alias("record")
    )
    joined = numbered.group_by("record", "fits", *_WRITER, maintain_order=True).agg(
        pl.col(PAYLOAD).str.join(""),
        pl.col("envelope_time").last(),
        pl.col("place").first(),
        pl.col(GOES_ON).fill_null(value=False).last(),
    )
    open_ = joined.filter(pl.col(GOES_ON) & pl.col("fits"))["place"]
    unfinished = len(frame) - int(open_.min()) if len(open_) else 0  # type: ignore[arg-type]
    return joined.sort("place"), unfinished


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    """Take line ends off; where several lines are in one envelope, they are several."""
    payload = pl.col(PAYLOAD)
    frame = frame.with_columns(
        pl.when(payload.str.ends_with("\n"))
        .then(payload.str.strip_suffix("\n").str.strip_suffix("\r"))
        .otherwise(payload)
        .alias(PAYLOAD)
    )
    if not frame[PAYLOAD].str.contains("\n", literal=True).any():
        return frame
    return frame.with_columns(payload.str.split("\n")).explode(PAYLOAD)
