"""Take in what is new, exactly once: `envoylog.ingest`."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from envoylog.dataset.dataset import Dataset, writing
from envoylog.dataset.partitions import PARTITION, PartitionWriter
from envoylog.dataset.place import Folder
from envoylog.dataset.schema import column_facts
from envoylog.dataset.state import Run, Taken
from envoylog.dataset.upkeep import keep_up
from envoylog.errors import QueryError
from envoylog.logs.blocks import MAX_LINE, Block
from envoylog.logs.compression import MAX_EXPANSION
from envoylog.logs.sources import Source, look_for
from envoylog.parser.mixed import LineParser
from envoylog.pipeline.blocks import ParsedBlock, parse_blocks, row_schema
from envoylog.pipeline.compile import Formats, compile_formats
from envoylog.pipeline.detect import AUTO, auto_formats, has_facts
from envoylog.pipeline.ingest.drafts import Piece
from envoylog.pipeline.ingest.looking import stamp
from envoylog.pipeline.ingest.plan import Plan, make_plan
from envoylog.pipeline.ingest.reading import NewLines, unfinished_lines
from envoylog.pipeline.ingest.summary import IngestSummary, SourceNews
from envoylog.pipeline.misfits import Misfits
from envoylog.pipeline.parse import MANY_ROWS, take_census
from envoylog.pipeline.progress import Tell, telling
from envoylog.pipeline.reading import Logs, recognised
from envoylog.pipeline.summary import Progress
from envoylog.pipeline.unread import located

#: A long run commits when it has read so many bytes, so that little is done again after a kill.
COMMIT_EVERY: Final = 2**30
#: Seconds that a run waits for another.
WAIT: Final = 60.0
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def ingest(
    logs: Logs,
    format: Formats,  # noqa: A002 - the word
    *,
    into: str | os.PathLike[str],
    keep: str | timedelta | None = None,
    encoding: str | None = None,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
    max_line: int = MAX_LINE,
    max_expansion: float = MAX_EXPANSION,
    wait: float = WAIT,
    progress: Tell | None = None,
) -> IngestSummary:
    """Take what is new in some logs into a dataset, exactly once.

    Run it as often as you like. What was taken in before is recognised, also when it was renamed,
    copied, compressed or uploaded again. A run that is killed has happened, or not.

    Parameters
    ----------
    logs : path or iterable of paths
        As for `parse`, but not standard input.
    format : format, or list of formats
        As for `parse`.
    into : path
        The dataset: a folder or `s3://bucket/prefix`. It is created if it is not there.
    keep : str or timedelta, optional
        How old requests may become, such as `30d`; older days are removed.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.
    max_line, max_expansion
        As for `parse`.
    wait : float
        How many seconds to wait for another run on the same dataset.
    progress : callable, optional
        Called with a `Progress` after every block. In a notebook, `%load_ext envoylog` draws a bar.

    Returns
    -------
    IngestSummary

    Raises
    ------
    FormatError, UnknownNameError, InputError, OutputError, DataError

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     runs = [
    ...         ingest("sample_logs/envoy.log", "envoy", into=f"{folder}/data").rows
    ...         for _ in range(2)
    ...     ]
    >>> runs[0] > 0, runs[1]
    (True, 0)
    """
    began = time.perf_counter()
    kept = read_age(keep)
    found = look_for(logs)
    sources = _without(found.sources, into)
    with telling(progress) as tell, writing(into, wait) as dataset:
        known = {taken.stamp for taken in dataset.state.sources}
        unknown = [source for source in sources if stamp(source) not in known]
        parser: LineParser | None = None
        if not (isinstance(format, str) and format == AUTO):
            parser = compile_formats(
                format, encoding, pick=pick, timezone=timezone, omit_empty_values=omit_empty_values
            )
        elif unknown:
            parser = auto_formats(unknown)
        reading = NewLines(sources, max_line, max_expansion, failures=list(found.missing))
        if parser:
            reading.recognise = partial(recognised, parser)
        whole = partial(unfinished_lines, reading, parser) if parser else _nothing
        plan = make_plan(dataset.state.sources, sources, whole, datetime.now(UTC))
        reading.pieces = plan.pieces
        reading.failures += plan.failures
        intake = _Intake(dataset, plan, tell)
        if parser:
            fresh = [piece.source for piece in plan.pieces]
            reading.keep_facts = "pod" in dataset.rows.facts or has_facts(fresh, reading)
            facts: dict[str, dict[str, str]] = {}
            for one in parser.parsers:
                facts = column_facts(one.plan) | facts
            dataset.prepare(row_schema(reading, parser), facts)
            intake.read(reading, parser)
        intake.commit()
        keep_up(dataset, kept)
        if sum(file.rows for file in dataset.rows.files()) >= MANY_ROWS:
            take_census(into)
    run = intake.run
    run.bytes_stored, run.failures = reading.stored, [str(error) for error in reading.failures]
    run.notes += [f"some lines stand in two envelopes: {name}" for name in sorted(reading.nested)]
    run.sources = [source.name for source in sources]
    run.output = run.rejects_output = os.fspath(into)
    run.seconds = time.perf_counter() - began
    return run


@dataclass
class _Intake:
    """Rows on their way into a dataset."""

    dataset: Dataset
    plan: Plan
    progress: Tell | None
    run: IngestSummary = field(default_factory=IngestSummary)
    _since: IngestSummary = field(default_factory=IngestSummary)

    def __post_init__(self) -> None:
        self._misfits = Misfits(self.run)
        self.run.news = {name: SourceNews(news) for name, news in self.plan.found.items()}
        for draft in self.plan.drafts:
            if draft.claimed and draft.name in self.run.news:
                self.run.news[draft.name].waiting = draft.waiting

    def read(self, reading: NewLines, parser: LineParser) -> None:
        """Read all that is new."""
        facts = self.dataset.rows.facts
        self._rows = PartitionWriter(self.dataset.place, facts)
        self._rejects = PartitionWriter(self.dataset.rejects_place, {})
        pieces = {id(piece.source): piece for piece in self.plan.pieces}
        self._show(reading)
        for block in parse_blocks(reading, parser):
            piece = pieces[id(block.source)]
            self._take(block, piece)
            if self._since.bytes_in >= COMMIT_EVERY and piece.is_settled:
                self.commit()
            self._show(reading)
        self._misfits.name_formats()

    def commit(self) -> None:
        """Let what was read so far count, if there is anything to tell."""
        before = self.dataset.state.sources
        after = remember(self.plan)
        since, self._since = self._since, IngestSummary()
        if not since.lines and after == list(before):
            return
        now = datetime.now(UTC).isoformat(timespec="seconds")
        run = Run(now, len(since.sources), since.lines, since.rows, since.rejects, since.skipped)
        rows = self._rows.finish() if since.lines else []
        rejects = self._rejects.finish() if since.lines else []
        self.dataset.commit(run, after, rows, rejects)
        self.run.bytes_out += sum(file.size for file in (*rows, *rejects))
        self.run.commits += 1

    def _take(self, block: ParsedBlock, piece: Piece) -> None:
        parsed, size = block.parsed, block.span.size
        today = pl.lit(datetime.now(UTC).date())
        day = pl.col("start_time").dt.date() if "start_time" in parsed.rows.columns else today
        self._rows.write(parsed.rows.with_columns(pl.coalesce(day, today).alias(PARTITION)))
        rejects = located(block, parsed.rejects).with_columns(
            pl.col("line_number") + (piece.lines - block.first_line + 1), today.alias(PARTITION)
        )
        self._rejects.write(rejects)
        self._misfits.add(block.name, parsed.rejects["text"])
        piece.take(block.span, block.lines)
        for run in (self.run, self._since):
            run.count(block.name, parsed, size)
        if self._since.sources[-1:] != [piece.content.source.name]:
            self._since.sources.append(piece.content.source.name)
        news = self.run.news[piece.content.source.name]
        news.lines += len(parsed.rows) + len(parsed.rejects) + len(parsed.skipped)
        news.bytes += size

    def _show(self, reading: NewLines) -> None:
        if self.progress:
            self.progress(Progress(reading.stored, reading.total, self.run.lines, self.run.rejects))


def remember(plan: Plan) -> list[Taken]:
    """Give what is to be remembered now, whatever became of a plan so far."""
    results = (draft.result() for draft in plan.drafts)
    return [taken for taken in results if taken and taken.content.offset]


def _nothing(_head: bytes, _block: Block) -> int:
    return 0


def read_age(text: str | timedelta | None) -> timedelta | None:
    """Read an age such as `30d`.

    Examples
    --------
    >>> read_age("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    if text is None or isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if not found:
        raise QueryError(f"{text!r} is no age: write 12h, 30d or 8w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _without(sources: Sequence[Source], into: str | os.PathLike[str]) -> list[Source]:
    """Leave out the dataset's own files, if it lies among the logs."""
    from envoylog.dataset.place import find_place

    place = find_place(into)
    if not isinstance(place, Folder):
        return [s for s in sources if not s.name.startswith(f"{place.uri}/")]
    root = place.path.resolve()
    return [s for s in sources if root not in Path(s.name).resolve().parents]
