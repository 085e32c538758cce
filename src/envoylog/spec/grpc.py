"""The statuses of gRPC in the order of their numbers (grpc.io/docs/guides/status-codes)."""

from __future__ import annotations

from typing import Final

#: Their names as they compare: in lower case, without underscores, one `l` in `canceled`.
STATUSES: Final = (
    "ok",
    "canceled",
    "unknown",
    "invalidargument",
    "deadlineexceeded",
    "notfound",
    "alreadyexists",
    "permissiondenied",
    "resourceexhausted",
    "failedprecondition",
    "aborted",
    "outofrange",
    "unimplemented",
    "internal",
    "unavailable",
    "dataloss",
    "unauthenticated",
)
