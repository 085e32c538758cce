"""Read logs into one Parquet file, with the lines that could not be read beside it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

import polars as pl
from polars.io.plugins import register_io_source

from envoylog.dataset.rejects import RejectsWriter, rejects_path, skipped_path
from envoylog.dataset.schema import arrow_schema, file_metadata
from envoylog.dataset.writer import replacing
from envoylog.errors import EnvoylogError, OutputError, UnknownNameError
from envoylog.logs.blocks import MAX_LINE
from envoylog.logs.compression import MAX_EXPANSION
from envoylog.logs.sources import STDIN, look_for
from envoylog.parser.mixed import LineParser
from envoylog.pipeline.blocks import ParsedBlock, parse_blocks, row_schema
from envoylog.pipeline.compile import Formats, compile_formats
from envoylog.pipeline.detect import AUTO, auto_formats, has_facts
from envoylog.pipeline.in_flight import InFlight
from envoylog.pipeline.misfits import Misfits
from envoylog.pipeline.progress import Tell, telling
from envoylog.pipeline.reading import Logs, Reading, recognised
from envoylog.pipeline.summary import Progress, RunSummary
from envoylog.pipeline.unread import located

#: What `keep` takes.
ENVELOPE, SKIPPED, SOURCE = "envelope", "skipped", "source"
KEEPABLE: Final = frozenset({ENVELOPE, SKIPPED, SOURCE})
#: Of zstd. Level 3 makes files 2% smaller and takes twice the time.
COMPRESSION_LEVEL: Final = 1
#: Of fewer rows than that, questions count in half a second what a census would tell them, and to
#: load DuckDB for it would take a good part of the run: of two million T1 lines, a tenth.
MANY_ROWS: Final = 5_000_000
#: How many rows are written at a time. More make files smaller and DuckDB faster, and wait in
#: memory meanwhile, so there are fewer if that were more bytes of log than these.
ROW_GROUP: Final = 2**17
LEAST_ROWS: Final = 2**12
GROUP_BYTES: Final = 32 * 2**20


def parse(
    logs: Logs,
    format: Formats,  # noqa: A002 - the word
    *,
    to: str | os.PathLike[str],
    rejects: str | os.PathLike[str] | None = None,
    keep: Collection[str] = (),
    encoding: str | None = None,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
    max_line: int = MAX_LINE,
    max_expansion: float = MAX_EXPANSION,
    progress: Tell | None = None,
) -> RunSummary:
    """Read logs into one Parquet file, with the lines that could not be read beside it.

    Parameters
    ----------
    logs : path or iterable of paths
        Files, folders, globs, `s3://…` (`gs://`, `az://`), `-` for standard input; compressed or
        in archives or not.
    format : format, or list of formats
        As for `compile_format`; of several, each line is read by the first that fits. A
        configuration file with several formats stands for all of them. `auto` detects them.
    to : path
        The Parquet file to write; `-` for standard output.
    rejects : path, optional
        The file for rejects; by default `out.rejects.parquet` beside `out.parquet`.
    keep : collection of {"envelope", "skipped", "source"}
        What else to keep: columns for what envelopes tell (they are there anyway where the
        beginnings of the logs stand in some), the skipped lines (in `out.skipped.parquet`), and a
        column for the source of each row.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.
    max_line : int
        In bytes. A longer line is a reject of which the beginning is kept.
    max_expansion : float
        How many times its own size a source may unpack to, if that is more than 1 GiB.
    progress : callable, optional
        Called with a `Progress` after every block. In a notebook, `%load_ext envoylog` draws a bar.

    Returns
    -------
    RunSummary

    Raises
    ------
    FormatError, UnknownNameError, OutputError
    InputError
        If nothing at all can be read. What else cannot be read is told in `RunSummary.failures`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = parse("sample_logs/envoy.log", format="envoy", to=f"{folder}/out.parquet")
    >>> run.lines == run.rows + run.rejects + run.skipped
    True
    """
    began = time.perf_counter()
    kept = frozenset(keep)
    if unknown := kept - KEEPABLE:
        raise UnknownNameError("thing to keep", min(unknown), sorted(KEEPABLE))
    found = look_for(logs)
    if isinstance(format, str) and format == AUTO:
        parser = auto_formats(found.sources)
    else:
        parser = compile_formats(
            format, encoding, pick=pick, timezone=timezone, omit_empty_values=omit_empty_values
        )
    to_stdout = os.fspath(to) == STDIN
    if to_stdout and rejects is None:
        raise OutputError("rows go to standard output: say where rejects go (--rejects FILE)")
    reading = Reading(
        found.sources,
        max_line,
        max_expansion,
        failures=list(found.missing),
        recognise=partial(recognised, parser),
    )
    reading.keep_facts = ENVELOPE in kept or has_facts(found.sources, reading)
    beside = Path(rejects) if rejects is not None else rejects_path(Path(to))
    rows = [] if to_stdout else [Path(to)]
    others = [beside, skipped_path(beside)] if SKIPPED in kept else [beside]
    with telling(progress) as tell, replacing(*rows, *others) as temporary, ExitStack() as opened:
        lines = [opened.enter_context(RejectsWriter(path)) for path in temporary[len(rows) :]]
        writers = Writers(
            temporary[0] if rows else None,
            lines[0],
            lines[1] if SKIPPED in kept else None,
            names_sources=SOURCE in kept,
        )
        run = _write(reading, parser, writers, tell)
    if rows and run.rows >= MANY_ROWS:
        take_census(rows[0])
    run.bytes_out = sum(path.stat().st_size for path in (*rows, *others))
    run.bytes_stored, run.failures = reading.stored, [str(error) for error in reading.failures]
    run.sources = [source.name for source in found.sources]
    run.output, run.rejects_output = os.fspath(to), str(beside)
    run.skipped_output = str(others[1]) if SKIPPED in kept else ""
    if reading.lost_facts:
        run.notes.append("some envelopes were met late: to keep what they say, use --keep envelope")
    run.notes += [f"some lines stand in two envelopes: {name}" for name in sorted(reading.nested)]
    run.seconds = time.perf_counter() - began
    return run


def take_census(written: str | os.PathLike[str]) -> None:
    """Count what questions would have to count of a file, or of the new files of a dataset.

    In a process of its own: DuckDB would add a sixth to the largest memory of a run.
    """
    if sys.executable:
        # -P: whatever lies in the folder where somebody works is not imported.
        census = [sys.executable, "-P", "-m", "envoylog.catalog.keeping", os.fspath(written)]
        # Nothing is wrong without it.
        subprocess.run(census, check=False, capture_output=True)  # noqa: S603 - ourselves


@dataclass(frozen=True, slots=True)
class Writers:
    """Where a run writes.

    Attributes
    ----------
    rows : Path or None
        None for standard output.
    rejects : RejectsWriter
        For the lines that could not be read.
    skipped : RejectsWriter or None
        For the lines of other logs, if they are kept.
    names_sources : bool
        Whether each row says where it comes from.
    """

    rows: Path | None
    rejects: RejectsWriter
    skipped: RejectsWriter | None
    names_sources: bool

    def write(self, block: ParsedBlock) -> pl.DataFrame:
        """Write what are no rows, and give the rows."""
        parsed = block.parsed
        self.rejects.write(located(block, parsed.rejects))
        if self.skipped:
            self.skipped.write(located(block, parsed.skipped))
        if self.names_sources:
            return parsed.rows.with_columns(pl.lit(block.name, pl.String).alias(SOURCE))
        return parsed.rows

    def close(self) -> None:
        """Finish the files."""
        self.rejects.close()
        if self.skipped:
            self.skipped.close()


def _write(
    reading: Reading,
    parser: LineParser,
    writers: Writers,
    progress: Tell | None,
) -> RunSummary:
    """Run the blocks into files."""
    run = RunSummary()
    misfits = Misfits(run)
    failures: list[BaseException] = []

    def tell() -> None:
        if progress:
            progress(Progress(reading.stored, reading.total, run.lines, run.rejects))

    tell()
    row_group, blocks = _grouped(parse_blocks(reading, parser))
    in_flight = InFlight(row_group)

    def read(*_pushdown: object) -> Iterator[pl.DataFrame]:
        try:
            for block in blocks:
                misfits.add(block.name, block.parsed.rejects["text"])
                run.count(block.name, block.parsed, block.span.size)
                tell()
                rows = writers.write(block)
                del block  # not to be kept while the next one comes
                rows = in_flight.admit(rows)
                yield rows
                del rows
            reading.refuse_nothing(run.lines)
            misfits.name_formats()
            tell()
        except BaseException as error:
            # polars would wrap it into one of its own.
            failures.append(error)
            raise

    schema = row_schema(reading, parser)
    if writers.names_sources:
        schema[SOURCE] = pl.String()
    plans = [one.plan for one in parser.parsers]
    frame = register_io_source(read, schema=schema)
    try:
        frame.sink_parquet(
            writers.rows or sys.stdout.buffer,
            compression_level=COMPRESSION_LEVEL,
            row_group_size=row_group,
            arrow_schema=arrow_schema(plans, schema),
            metadata=file_metadata(plans),
        )
        writers.close()
    except (pl.exceptions.PolarsError, EnvoylogError, OSError) as error:
        raise _cause(error, failures) from None
    return run


def _grouped(blocks: Iterator[ParsedBlock]) -> tuple[int, Iterator[ParsedBlock]]:
    """Say how many rows to write at a time, by the lines of the first block."""
    first = next(blocks, None)
    if first is None:
        return ROW_GROUP, blocks
    rows = GROUP_BYTES * first.lines // first.span.size
    return min(max(rows, LEAST_ROWS), ROW_GROUP), chain([first], blocks)


def _cause(error: Exception, failures: list[BaseException]) -> BaseException:
    """Tell what was behind an error of the sink: what failed while reading, or else writing."""
    cause = failures[0] if failures else error
    if failures or isinstance(cause, (EnvoylogError, OSError)):
        return cause
    # polars does not say why it cannot write.
    return OSError(f"is the disk full? ({str(error).partition(chr(10))[0]})")
