"""Say which named format would have read the lines that a run rejects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from envoylog.parser.detect import INFERRED, detect
from envoylog.pipeline.summary import RunSummary

# Rejects of one source that are tried against the named formats, and their longest in bytes.
_LINES: Final = 200
_LENGTH: Final = 2**14
# Sources whose rejects are tried.
_SOURCES: Final = 8
_TOO_MANY: Final = 0.5


@dataclass(slots=True)
class Misfits:
    """Some rejects of the first few sources of which most lines are rejected.

    Attributes
    ----------
    run : RunSummary
        It counts the lines of each source.
    samples : dict of str to list of str
        The rejects of each.
    """

    run: RunSummary
    samples: dict[str, list[str]] = field(default_factory=dict)
    _source: str = ""

    def add(self, source: str, rejects: pl.Series) -> None:
        """Keep some rejects of a source; the blocks of one source follow each other."""
        if source != self._source:
            self._drop_fitting()
            self._source = source
        if source not in self.samples and (rejects.is_empty() or len(self.samples) >= _SOURCES):
            return
        known = self.samples.setdefault(source, [])
        # Copies: a slice would keep the whole block in memory.
        some = rejects.head(_LINES - len(known))
        known += some.filter(some.str.len_bytes() <= _LENGTH).to_list()

    def name_formats(self) -> None:
        """Note in the summary what the rejects look like, where they are most of the lines."""
        self._drop_fitting()
        for source, texts in self.samples.items():
            self.run.by_source[source].fitting_format = _fitting_format(texts)
        if self.run.reject_rate > _TOO_MANY:
            texts = [text for texts in self.samples.values() for text in texts]
            self.run.fitting_format = _fitting_format(texts[:_LINES])

    def _drop_fitting(self) -> None:
        counts = self.run.by_source.get(self._source)
        if counts and counts.reject_rate <= _TOO_MANY:
            self.samples.pop(self._source, None)


def _fitting_format(rejects: list[str]) -> str | None:
    """Name a format that reads more of some rejects than it refuses, if there is one."""
    best = detect(pl.Series(rejects, dtype=pl.String))[0]
    return best.name if best.rate > _TOO_MANY and best.name != INFERRED else None
