"""How much the tests do: `ENVOYLOG_REQUESTS`, and what chance they take: `ENVOYLOG_SEED`."""

import os

REQUESTS = int(os.environ.get("ENVOYLOG_REQUESTS", "2200"))
SEED = int(os.environ.get("ENVOYLOG_SEED", "7"))
