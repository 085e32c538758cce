"""Detect the format of logs on a sample of their lines."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from envoylog.errors import InputError
from envoylog.logs.blocks import read_blocks
from envoylog.logs.sources import STDIN, Source, find_sources
from envoylog.parser.detect import Candidate, choose, detect
from envoylog.parser.parser import AccessLogParser
from envoylog.pipeline.scan import Logs

#: What `--format` takes instead of a format.
AUTO = "auto"
# So many bytes of the first few files tell enough.
_BYTES, _LINES, _FILES = 2**18, 500, 8


def detect_format(logs: Logs) -> tuple[Candidate, ...]:
    """Rank the formats that may have written some logs.

    Parameters
    ----------
    logs : path or iterable of paths
        Files, directories, globs; the beginnings of the first few are read.

    Returns
    -------
    tuple of Candidate
        Best first.

    Raises
    ------
    InputError
        If there is nothing to read, or only standard input, which can be read but once.
    """
    return detect(_sample(find_sources(logs)))


def auto_format(logs: Logs) -> AccessLogParser:
    """Take the format that clearly fits; `UnknownNameError` if none does."""
    return choose(detect_format(logs)).parser


def _sample(sources: Sequence[Source]) -> pl.Series:
    lines: list[str] = []
    for source in sources[:_FILES]:
        if source.name == STDIN:
            raise InputError("standard input is read only once: name its format")
        with source.open() as stream:
            for block in read_blocks(stream, _BYTES):
                lines += block.lines.head(_LINES).to_list()
                break
    if not lines:
        raise InputError("there are no lines to detect a format from")
    return pl.Series(lines, dtype=pl.String)
