"""Run one peer: `python -m benchmarks.peers polars-csv T1 clean.log out.parquet strict`.

`tolerant` instead of `strict` has it pass over lines that it cannot read, where it has a way to.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks.shapes import SHAPES


def main() -> None:
    """Run the peer that the command line names, and nothing else in this process."""
    peer, shape, log, to, manner = sys.argv[1:]
    family, _, way = peer.partition("-")
    module = importlib.import_module(f"benchmarks.peers.{family}_peers")
    read = getattr(module, way)
    tolerant = manner == "tolerant"
    read(SHAPES[shape], Path(log).resolve(), Path(to).resolve(), tolerant=tolerant)


if __name__ == "__main__":
    main()
