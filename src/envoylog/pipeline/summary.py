"""What a run tells about itself: while it goes on, and when it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final

import polars as pl

from envoylog.display import html
from envoylog.display.shown import size
from envoylog.parser.mixed import FORMAT
from envoylog.parser.parser import Parsed

_CHANGES: Final = ("source", "format", "rows", "first", "last")
_MOMENT: Final = pl.Datetime("us", "UTC")
# Fewer rejects than this say nothing of the format.
_FEW: Final = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    bytes_read, bytes_total : int
        As stored: of what is compressed, compressed bytes. `bytes_total` is 0 where a source does
        not tell its size.
    lines, rejects : int
        Lines read, and those among them that could not be parsed.
    """

    bytes_read: int
    bytes_total: int
    lines: int
    rejects: int


@dataclass(slots=True)
class Change:
    """One format in one source, where a run reads several.

    Attributes
    ----------
    source, format : str
        Their names.
    rows : int
        Read in this format.
    first, last : datetime or None
        The earliest and the latest start time of these.
    """

    source: str
    format: str
    rows: int
    first: datetime | None
    last: datetime | None


@dataclass(slots=True)
class SourceCounts:
    """What became of the lines of one source.

    Attributes
    ----------
    rows, rejects : int
        Of its lines; the rest were skipped.
    fitting_format : str or None
        A named format that reads its rejects, if they are many.
    """

    rows: int = 0
    rejects: int = 0
    fitting_format: str | None = None

    @property
    def reject_rate(self) -> float:
        """Rejects among rows and rejects, from 0 to 1."""
        return self.rejects / max(1, self.rows + self.rejects)


@dataclass(slots=True)
class RunSummary:
    """What a run did. Every line is counted once: `lines = rows + rejects + skipped`.

    Attributes
    ----------
    lines, rows, rejects, skipped : int
        Lines read, and what became of them.
    ambiguous : int
        Rows that could be read in several ways; the column `ambiguous` marks them.
    skipped_kinds : dict of str to int
        What the skipped lines were.
    seconds : float
        Wall time.
    bytes_stored, bytes_in, bytes_out : int
        Bytes read as they are stored, log bytes that they unpack to, and Parquet bytes written.
    by_source : dict of str to SourceCounts
        What became of the lines of each source, or member of an archive.
    changes : list of Change
        Where several formats were read: which of them wrote what part of each source.
    notes : list of str
        What else to know.
    failures : list of str
        What could not be read, or broke off: one line each. The rest was read.
    sources : list of str
        What was read.
    output, rejects_output, skipped_output : str
        What was written; `skipped_output` is empty unless skipped lines were kept.
    fitting_format : str or None
        A named format that reads the rejects, if they are many.
    """

    lines: int = 0
    rows: int = 0
    rejects: int = 0
    skipped: int = 0
    ambiguous: int = 0
    skipped_kinds: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    bytes_stored: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    by_source: dict[str, SourceCounts] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    output: str = ""
    rejects_output: str = ""
    skipped_output: str = ""
    fitting_format: str | None = None

    @property
    def reject_rate(self) -> float:
        """Rejects among rows and rejects, from 0 to 1."""
        return self.rejects / max(1, self.rows + self.rejects)

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """What a person wants to know: name, value, and more about it."""
        rate = f"{self.lines / self.seconds:,.0f} lines/s" if self.seconds else ""
        packed = self.bytes_in > 1.01 * self.bytes_stored
        return [
            ("lines", f"{self.lines:,}", f"from {len(self.sources)} source(s)"),
            *self._kinds,
            ("seconds", f"{self.seconds:.2f}", rate),
            (
                "bytes in",
                size(self.bytes_in),
                f"unpacked from {size(self.bytes_stored)}" if packed else "",
            ),
            ("bytes out", size(self.bytes_out), ""),
        ]

    @property
    def _kinds(self) -> list[tuple[str, str, str]]:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.skipped_kinds.items())
        return [
            ("rows", f"{self.rows:,}", f"{self.ambiguous:,} ambiguous" if self.ambiguous else ""),
            ("rejects", f"{self.rejects:,}", f"{self.reject_rate:.1%}" if self.rejects else ""),
            ("skipped", f"{self.skipped:,}", kinds),
        ]

    @property
    def written(self) -> tuple[str, ...]:
        """The files that were written."""
        return tuple(filter(None, (self.output, self.rejects_output, self.skipped_output)))

    def _repr_html_(self) -> str:
        changes = [
            (change.source, change.format, change.rows, change.first, change.last)
            for change in self.changes
        ]
        return html.block(
            html.table(("", "", ""), self.facts),
            html.paragraph(f"wrote {' and '.join(self.written)}") if self.written else "",
            html.table(_CHANGES, changes) if len(changes) > 1 else "",
            html.items((*self.failures, *self.notes)),
        )

    def to_dict(self) -> dict[str, object]:
        """Give the facts as plain values, for JSON."""
        return asdict(self)

    def misfits(self, limit: float) -> dict[str, SourceCounts]:
        """Find the sources that the format does not fit.

        Parameters
        ----------
        limit : float
            A larger share of rejects is too many.

        Returns
        -------
        dict of str to SourceCounts
            Most rejects first. A handful of lines, such as one that was cut off, is no misfit.
        """
        found = [
            (name, counts)
            for name, counts in self.by_source.items()
            if counts.rejects >= _FEW and counts.reject_rate > limit
        ]
        return dict(sorted(found, key=lambda item: -item[1].rejects))

    def count(self, source: str, parsed: Parsed, size: int) -> None:
        """Add what came of one block of `size` bytes."""
        self.lines += len(parsed.rows) + len(parsed.rejects) + len(parsed.skipped)
        self.rows += len(parsed.rows)
        self.rejects += len(parsed.rejects)
        self.skipped += len(parsed.skipped)
        counts = self.by_source.setdefault(source, SourceCounts())
        counts.rows += len(parsed.rows)
        counts.rejects += len(parsed.rejects)
        if "ambiguous" in parsed.rows.columns:
            self.ambiguous += int(parsed.rows["ambiguous"].sum())
        for kind, count in parsed.skipped["reason"].value_counts().iter_rows():
            self.skipped_kinds[kind] = self.skipped_kinds.get(kind, 0) + count
        self.bytes_in += size
        if FORMAT in parsed.rows.columns:
            self._count_formats(source, parsed.rows)

    def _count_formats(self, source: str, rows: pl.DataFrame) -> None:
        """Note which formats wrote some rows, and when."""
        start = pl.col("start_time") if rows.schema.get("start_time") == _MOMENT else pl.lit(None)
        found = rows.group_by(FORMAT, maintain_order=True).agg(
            pl.len(),
            start.cast(_MOMENT).min().alias("first"),
            start.cast(_MOMENT).max().alias("last"),
        )
        for name, count, first, last in found.iter_rows():
            known = next((c for c in self.changes if (c.source, c.format) == (source, name)), None)
            if known is None:
                self.changes.append(Change(source, name, count, first, last))
                continue
            known.rows += count
            known.first = min(filter(None, (known.first, first)), default=None)
            known.last = max(filter(None, (known.last, last)), default=None)
