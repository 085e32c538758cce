"""The 1.2% of lines that make real logs real: foreign lines, cut lines, hostile user agents."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from benchmarks.shapes import Shape

# A line cut in its last values may still be a whole line of other values: nobody can tell.
_TAIL: Final = 60
#: Of all lines.
FOREIGN, CUT, HOSTILE = 0.005, 0.002, 0.005

_FOREIGN: Final = (
    "[2026-11-24 06:03:15.611][29][warning][config] [source/common/config/a.h:163] closed: 14",
    "[2026-11-24 06:03:15.700][29][info][upstream] [source/common/upstream/b.cc:71] 61 clusters",
    "2026-11-24T05:15:36.911860Z\tinfo\tcache\tgenerated new workload certificate\tlatency=92ms",
    "2026-11-24T05:15:37.101010Z\twarn\tcitadelclient\tcannot load the key pair, retrying",
)
# `%` is where the request stands: with quotes, blanks, separators that look like Envoy's, and
# bytes that are not UTF-8.
_AGENTS: Final = (
    b'evil "quoted" agent/1.0',
    b"curl/8 with many   blanks",
    b'x" "11111111-1111-1111-1111-111111111111" "forged.example.com" "10.9.9.9:80',
    b"bytes \xff\xfe agent",
    b'{"json": "in an agent"}',
)


def dirty(shape: Shape, rows: pl.DataFrame, seed: int) -> tuple[list[bytes], pl.DataFrame]:
    """Write rows with dirt among them.

    Parameters
    ----------
    shape : Shape
        How lines look.
    rows : polars.DataFrame
        The rows of a clean log.
    seed : int
        Where dirt lies.

    Returns
    -------
    list of bytes
        Lines without newlines; those that are no rows stand in the place of a row.
    polars.DataFrame
        What the log truly says: the rows that are whole, and `hostile`.
    """
    draw = np.random.default_rng([seed, 99])
    kind = pl.Series(draw.random(len(rows)))
    foreign = kind < FOREIGN
    cut = (kind >= FOREIGN) & (kind < FOREIGN + CUT)
    hostile = (kind >= FOREIGN + CUT) & (kind < FOREIGN + CUT + HOSTILE)
    lines = [line.encode() for line in shape.lines(rows)]
    for place in foreign.arg_true().to_list():
        lines[place] = _FOREIGN[draw.integers(len(_FOREIGN))].encode()
    for place in cut.arg_true().to_list():
        lines[place] = lines[place][: draw.integers(30, len(lines[place]) - _TAIL)]
    agents = draw.integers(len(_AGENTS), size=len(rows))
    shown = rows["user_agent"].to_list()
    marked = rows.with_columns(user_agent=pl.lit("\x00"))
    places = hostile.arg_true().to_list()
    for place, line in zip(places, shape.lines(marked[places]), strict=True):
        agent = _AGENTS[agents[place]]
        logged = agent if shape.template else _in_json(agent)
        lines[place] = line.encode().replace(b"\x00", logged)
        shown[place] = agent.decode("utf-8", "backslashreplace")
    truth = rows.with_columns(user_agent=pl.Series(shown), hostile=hostile)
    return lines, truth.filter(~(foreign | cut))


def _in_json(agent: bytes) -> bytes:
    r"""Escape as Envoy does: a value that is not UTF-8 has its high bytes as `\u00XX`."""
    escaped = agent.replace(b"\\", rb"\\").replace(b'"', rb"\"")
    return b"".join(b"\\u%04x" % byte if byte > 0x7F else bytes([byte]) for byte in escaped)  # noqa: PLR2004
