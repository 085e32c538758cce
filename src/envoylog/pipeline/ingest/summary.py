"""What an ingest tells about itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from envoylog.display.shown import size
from envoylog.pipeline.summary import RunSummary


@dataclass(slots=True)
class SourceNews:
    """What a run took from one source.

    Attributes
    ----------
    news : str
        `new`, `grown`, `known` (nothing new) or `copy` (of another source: nothing taken).
    lines, bytes : int
        What was taken.
    waiting : int
        Bytes after the last newline, left for the next run.
    """

    news: str
    lines: int = 0
    bytes: int = 0
    waiting: int = 0


@dataclass(slots=True)
class IngestSummary(RunSummary):
    """What an ingest did. Every new line is counted once: `lines = rows + rejects + skipped`.

    Attributes
    ----------
    news : dict of str to SourceNews
        What was found of each source.
    commits : int
        How many times the dataset changed; 0 if nothing was new.
    """

    news: dict[str, SourceNews] = field(default_factory=dict)
    commits: int = 0

    @property
    def facts(self) -> list[tuple[str, str, str]]:
        """What a person wants to know: name, value, and more about it."""
        if not self.lines:
            return [("nothing new", "", self.met or "no sources")]
        return [
            ("sources", f"{len(self.sources):,}", self.met),
            ("new lines", f"{self.lines:,}", f"{size(self.bytes_in)} in {self.seconds:.2f} s"),
            *self._kinds,
            ("bytes out", size(self.bytes_out), f"into {self.output}"),
        ]

    @property
    def written(self) -> tuple[str, ...]:
        """Nothing beside the dataset, which the facts name."""
        return ()

    @property
    def met(self) -> str:
        """How many sources were new, grown, known, copies."""
        kinds = ("new", "grown", "known", "copy")
        return ", ".join(f"{count:,} {news}" for news in kinds if (count := self.found(news)))

    def found(self, news: str) -> int:
        """Count the sources that are new, grown, known or copies."""
        return sum(source.news == news for source in self.news.values())
