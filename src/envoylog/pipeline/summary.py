"""What a run tells about itself: while it goes on, and when it is done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from envoylog.parser.parser import Parsed


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes
    ----------
    bytes_read, bytes_total : int
        `bytes_total` is 0 where a source does not tell its size.
    lines, rejects : int
        Lines read, and those among them that could not be parsed.
    """

    bytes_read: int
    bytes_total: int
    lines: int
    rejects: int


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
    bytes_in, bytes_out : int
        Log bytes read, and Parquet bytes written (rows and rejects).
    sources : list of str
        What was read.
    output, rejects_output : str
        What was written.
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
    bytes_in: int = 0
    bytes_out: int = 0
    sources: list[str] = field(default_factory=list)
    output: str = ""
    rejects_output: str = ""
    fitting_format: str | None = None

    @property
    def reject_rate(self) -> float:
        """Rejects among rows and rejects, from 0 to 1."""
        return self.rejects / max(1, self.rows + self.rejects)

    def to_dict(self) -> dict[str, object]:
        """Give the facts as plain values, for JSON."""
        return asdict(self)

    def count(self, parsed: Parsed, size: int) -> None:
        """Add what came of one block of `size` bytes."""
        self.lines += len(parsed.rows) + len(parsed.rejects) + len(parsed.skipped)
        self.rows += len(parsed.rows)
        self.rejects += len(parsed.rejects)
        self.skipped += len(parsed.skipped)
        if "ambiguous" in parsed.rows.columns:
            self.ambiguous += int(parsed.rows["ambiguous"].sum())
        for kind, count in parsed.skipped["reason"].value_counts().iter_rows():
            self.skipped_kinds[kind] = self.skipped_kinds.get(kind, 0) + count
        self.bytes_in += size
