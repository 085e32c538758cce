"""Run after run, each with its own seed: `python -m tests.hostile.soak`.

`ENVOYLOG_SOAK` is the minutes to go on for, `ENVOYLOG_REQUESTS` the requests of each run.
"""

import os
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hostile.comparison import compare
from tests.hostile.formats import TRUTH_TEXT, breaking
from tests.hostile.run import run
from tests.hostile.truth import read_truth

_MINUTES = float(os.environ.get("ENVOYLOG_SOAK", "10"))
_REQUESTS = int(os.environ.get("ENVOYLOG_REQUESTS", "3000"))


def main() -> int:
    """Go on until the time is over or a line is wrong."""
    total: Counter[str] = Counter()
    end = time.monotonic() + 60 * _MINUTES
    seed = int(time.time())
    while time.monotonic() < end:
        wrong = _one_run(seed, total)
        counts = ", ".join(f"{count:,} {what}" for what, count in total.items())
        sys.stdout.write(f"seed {seed}: {counts}\n")
        sys.stdout.flush()
        if wrong:
            sys.stdout.write("\n".join(wrong) + "\n")
            return 1
        seed += 1
    return 0


def _one_run(seed: int, total: Counter[str]) -> list[str]:
    with TemporaryDirectory() as folder:
        done = run(Path(folder), _REQUESTS, seed)
        truth = read_truth(done.logs)
        total.update(runs=1, requests=len(done.sent), records=truth.records)
        wrong = []
        for name, given in done.formats.items():
            if name in {TRUTH_TEXT, *breaking()}:
                continue
            outcome = compare(done.logs / name, given, truth)
            total.update(lines=outcome.lines, rows=outcome.rows, ambiguous=outcome.ambiguous)
            total.update({f"refused: {cause}": n for cause, n in outcome.rejects.items()})
            wrong += [f"{name}: {given}: {what}" for what in outcome.wrong]
    total.update(wrong=len(wrong))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
