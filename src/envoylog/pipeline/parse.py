"""Read logs into one Parquet file, with the lines that could not be read beside it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import polars as pl
from polars.io.plugins import register_io_source

from envoylog.dataset import rejects as rejects_file
from envoylog.dataset.rejects import RejectsWriter, rejects_path
from envoylog.dataset.schema import arrow_schema, file_metadata
from envoylog.dataset.writer import replacing
from envoylog.errors import EnvoylogError, OutputError
from envoylog.logs.sources import STDIN, Source, find_sources
from envoylog.parser.detect import INFERRED, detect
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.blocks import ParsedBlock, parse_blocks
from envoylog.pipeline.compile import FormatLike, compile_format
from envoylog.pipeline.detect import AUTO, auto_format
from envoylog.pipeline.scan import Logs
from envoylog.pipeline.summary import Progress, RunSummary

#: Of zstd. Level 3 makes files 2% smaller and takes twice the time.
COMPRESSION_LEVEL: Final = 1
# How many rejects are tried against the named formats when there are too many of them.
_SAMPLE = 200


def parse(
    logs: Logs,
    format: FormatLike,  # noqa: A002 - the word
    *,
    to: str | os.PathLike[str],
    rejects: str | os.PathLike[str] | None = None,
    encoding: str | None = None,
    pick: str | int | None = None,
    timezone: str | None = None,
    omit_empty_values: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> RunSummary:
    """Read logs into one Parquet file, with the lines that could not be read beside it.

    Parameters
    ----------
    logs : path or iterable of paths
        Files, directories, globs, `-` for standard input.
    format : str, path, mapping or AccessLogParser
        As for `compile_format`, or `auto`: the format is detected.
    to : path
        The Parquet file to write; `-` for standard output.
    rejects : path, optional
        The file for rejects; by default `out.rejects.parquet` beside `out.parquet`.
    encoding, pick, timezone, omit_empty_values
        As for `compile_format`.
    progress : callable, optional
        Called with a `Progress` after every block.

    Returns
    -------
    RunSummary

    Raises
    ------
    FormatError, UnknownNameError, InputError, OutputError

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run = parse("sample_logs/envoy.log", format="envoy", to=f"{folder}/out.parquet")
    >>> run.lines == run.rows + run.rejects + run.skipped
    True
    """
    began = time.perf_counter()
    sources = find_sources(logs)
    if format == AUTO:
        parser = auto_format(logs)
    else:
        parser = compile_format(
            format, encoding, pick=pick, timezone=timezone, omit_empty_values=omit_empty_values
        )
    to_stdout = os.fspath(to) == STDIN
    if to_stdout and rejects is None:
        raise OutputError("rows go to standard output: say where rejects go (--rejects FILE)")
    kept = Path(rejects) if rejects is not None else rejects_path(Path(to))
    if to_stdout:
        with replacing(kept) as (temporary_rejects,):
            run, sample = _write(sources, parser, None, temporary_rejects, progress)
        run.bytes_out = kept.stat().st_size
    else:
        with replacing(Path(to), kept) as (temporary, temporary_rejects):
            run, sample = _write(sources, parser, temporary, temporary_rejects, progress)
        run.bytes_out = Path(to).stat().st_size + kept.stat().st_size
    run.sources = [source.name for source in sources]
    run.output, run.rejects_output = os.fspath(to), str(kept)
    if run.rejects > run.rows:
        best = detect(sample)[0]
        # A format that reads more than it refuses is worth a try.
        fits = best.rate > 0.5 and best.name != INFERRED  # noqa: PLR2004
        run.fitting_format = best.name if fits else None
    run.seconds = time.perf_counter() - began
    return run


def _write(
    sources: list[Source],
    parser: AccessLogParser,
    to: Path | None,
    rejects: Path,
    progress: Callable[[Progress], None] | None,
) -> tuple[RunSummary, pl.Series]:
    """Run the blocks into two files; also return a sample of the rejects."""
    run, writer = RunSummary(), RejectsWriter(rejects)
    total = sum(source.size for source in sources)
    sample: list[pl.Series] = []
    failures: list[BaseException] = []

    def read(*_pushdown: object) -> Iterator[pl.DataFrame]:
        try:
            if progress:
                progress(Progress(0, total, 0, 0))
            for block in parse_blocks(sources, parser):
                parsed = block.parsed
                run.count(parsed, len(block.block.data))
                writer.write(_located(block))
                if run.rejects <= _SAMPLE or not sample:
                    sample.append(parsed.rejects["text"].head(_SAMPLE))
                if progress:
                    progress(Progress(run.bytes_in, total, run.lines, run.rejects))
                yield parsed.rows
        except BaseException as error:
            # polars would wrap it into one of its own.
            failures.append(error)
            raise

    frame = register_io_source(read, schema=parser.schema)
    try:
        frame.sink_parquet(
            to or sys.stdout.buffer,
            compression_level=COMPRESSION_LEVEL,
            arrow_schema=arrow_schema(parser.plan, parser.schema),
            metadata=file_metadata(parser.plan),
        )
        writer.close()
    except (pl.exceptions.PolarsError, EnvoylogError, OSError) as error:
        cause = failures[0] if failures else error
        if isinstance(cause, (EnvoylogError, OSError, KeyboardInterrupt)):
            raise cause from None
        raise
    return run, pl.concat(sample) if sample else pl.Series(dtype=pl.String)


def _located(block: ParsedBlock) -> pl.DataFrame:
    """Say of each reject where it stands in its source."""
    rejects = block.parsed.rejects
    if rejects.is_empty():
        return rejects_file.SCHEMA.to_frame()
    return rejects.select(
        pl.lit(block.source.name).alias("source"),
        (pl.col("line").cast(pl.Int64) + block.first_line).alias("line_number"),
        block.block.offsets(rejects["line"]).alias("byte_offset"),
        "reason",
        "field",
        # A copy: a slice would keep the whole block in memory.
        pl.Series("text", rejects["text"].to_list(), dtype=pl.String),
    )
