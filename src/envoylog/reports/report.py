"""A report: what was found, section by section, and the headline above it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envoylog.display.shown import safe
from envoylog.questions.answer import Answer
from envoylog.questions.question import Question
from envoylog.reports.config import Config
from envoylog.reports.findings import Finding
from envoylog.reports.period import Period
from envoylog.reports.sections import Section

if TYPE_CHECKING:
    from envoylog.reports.changes import Changes


@dataclass(frozen=True, slots=True)
class Part:
    """One section, asked.

    Attributes
    ----------
    section : Section
        What was asked for.
    question : Question
        The question.
    answer : Answer or None
        None where the log cannot tell.
    before : Answer or None
        The same question over the earlier window.
    refusal : str
        Why there is no answer.
    """

    section: Section
    question: Question
    answer: Answer | None = None
    before: Answer | None = None
    refusal: str = ""

    def rows(self, config: Config) -> int:
        """How many rows of its table are shown."""
        return self.section.rows or config.rows

    @property
    def is_timeline(self) -> bool:
        """Whether a figure says more than its table: one value after the other."""
        return self.question.chart.kind in {"line", "band", "stack"}

    @property
    def title(self) -> str:
        """The section's own title, else the question."""
        return self.section.title or self.question.title


@dataclass(frozen=True, slots=True)
class Report:
    """Questions asked of a window, held against an earlier one. Made by `envoylog.report`.

    Attributes
    ----------
    config : Config
        What was asked for.
    window : Period
        The time.
    data : tuple of str
        The names of the files.
    totals : mapping
        The window in figures.
    totals_before : mapping or None
        The same of the earlier window.
    changes : Changes
        What of it changed since then, beyond chance.
    findings : tuple of Finding
        The headline: what is wrong, what changed, what to look at first.
    parts : tuple of Part
        The sections.
    quality : tuple of Part
        Those about the data itself.
    units : mapping of str to str
        Of the totals.
    """

    config: Config
    window: Period
    data: tuple[str, ...]
    totals: Mapping[str, Any]
    totals_before: Mapping[str, Any] | None
    changes: Changes
    findings: tuple[Finding, ...]
    parts: tuple[Part, ...]
    quality: tuple[Part, ...]
    units: Mapping[str, str] = field(default_factory=dict)

    def to_html(self, path: str | Path | None = None) -> str:
        """Write one page that needs nothing else: no network, no other file, no JavaScript."""
        from envoylog.reports.page import page

        return _written(page(self), path)

    def to_md(self, path: str | Path | None = None) -> str:
        """Write Markdown, for a chat or a wiki; figures are left out."""
        from envoylog.reports.markdown import markdown

        return _written(markdown(self), path)

    def to_json(self, path: str | Path | None = None) -> str:
        """Write JSON, for programs."""
        from envoylog.reports.document import document

        return _written(document(self), path)

    def __repr__(self) -> str:
        said = (f"{found.severity}: {found}" for found in self.findings)
        return safe("\n".join([f"{self.config.title}, {self.window.words}", *said]))

    def _repr_html_(self) -> str:
        from envoylog.reports.page import embedded

        return embedded(self)


def looks_back(question: Question) -> bool:
    """Tell whether a question looks further back than its window by itself."""
    return "period" in question.parameters


def _written(text: str, path: str | Path | None) -> str:
    if path is not None:
        from envoylog.dataset.writer import replacing

        with replacing(Path(path)) as (temporary,):
            temporary.write_text(text, encoding="utf-8")
    return text
