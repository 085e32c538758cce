"""Ask the questions of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from envoylog.errors import ConfigurationError, QueryError, UnknownNameError
from envoylog.questions.library import find_question
from envoylog.reports.changes import Changes, find_changes
from envoylog.reports.config import Config
from envoylog.reports.headline import headline
from envoylog.reports.period import Period
from envoylog.reports.report import Part, Report, looks_back
from envoylog.reports.sections import DATA_QUALITY, Section
from envoylog.reports.totals import totals_question

if TYPE_CHECKING:
    from envoylog.questions.access_log import AccessLog
    from envoylog.questions.answer import Answer
    from envoylog.questions.question import Question


@dataclass(frozen=True, slots=True)
class Asking:
    """One log, and what is asked of it.

    Attributes
    ----------
    log : AccessLog
        The log.
    config : Config
        What is asked.
    window : Period
        Of which time, and against which it is held.
    """

    log: AccessLog
    config: Config
    window: Period

    def report(self) -> Report:
        """Ask everything."""
        totals = self.part(Section("totals"), totals_question())
        parts = tuple(self._parts())
        given = {section.question for section in self.config.sections}
        quality = tuple(
            self.part(section)
            for section in DATA_QUALITY
            # Only what is written as TEXT can be read in two ways.
            if section.question not in given
            and not (section.question == "ambiguous" and "ambiguous" not in self.log.logged)
        )
        found = Report(
            config=self.config,
            window=self.window,
            data=tuple(self.log.names),
            totals=totals.answer.frame.row(0, named=True) if totals.answer else {},
            totals_before=totals.before.frame.row(0, named=True) if totals.before else None,
            changes=self.changes(),
            findings=(),
            parts=parts,
            quality=quality,
            units=totals.question.units,
        )
        return replace(found, findings=headline(found))

    def _parts(self) -> Iterator[Part]:
        for number, section in enumerate(self.config.sections, 1):
            try:
                yield self.part(section)
            except (QueryError, UnknownNameError) as error:
                raise ConfigurationError(
                    f"section {number} of the report, {section.question}: {error}"
                ) from None

    def changes(self) -> Changes:
        """Hold the window against the earlier one."""
        if self.window.before is None:
            return Changes()
        windows = (self.window.before, (self.window.since, self.window.until))
        options = {"timezone": self.config.timezone, **self.config.filters.options()}
        return find_changes(self.log, windows, options)

    def part(self, section: Section, question: Question | None = None) -> Part:
        """Ask one section, of both windows."""
        question = question or find_question(section.question, self.log.questions)
        if refusal := self.log.refusal(question):
            return Part(section, question, refusal=refusal)
        window, before = self.window, self.window.before
        answer = self._ask(question, section, window.since, window.until)
        if answer.basis and answer.basis.unsaid:
            return Part(section, question, refusal=answer.basis.unsaid)
        for column in section.columns:
            if column not in answer.frame.columns:
                raise UnknownNameError(f"column of {question.id}", column, answer.frame.columns)
        return Part(
            section,
            question,
            answer,
            self._ask(question, section, *before) if before and not looks_back(question) else None,
        )

    def _ask(
        self, question: Question, section: Section, since: datetime, until: datetime
    ) -> Answer:
        filters = section.filters.within(self.config.filters)
        parameters = dict(section.parameters)
        if looks_back(question):
            parameters.setdefault("period", until - since)
        return self.log.ask(
            question,
            since=None if looks_back(question) else since,
            until=until,
            bucket=section.bucket,
            limit=section.asked,
            timezone=self.config.timezone,
            parameters=parameters,
            **filters.options(),
        )
