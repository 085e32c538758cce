"""Do work of Python and polars in two threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

from envoylog.errors import EnvoylogError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

# While one block is in a step that takes one core, another has the other core.
_THREADS: Final = 2


def side_by_side(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
    """Run a function on items in two threads.

    Yields
    ------
    object
        The results, in the order of the items. Items themselves are not kept.

    Raises
    ------
    EnvoylogError
        That of `items`, after the results of what came before it.
    """
    pending: deque[Future[_Result]] = deque()
    failure: EnvoylogError | None = None
    pool = ThreadPoolExecutor(_THREADS)
    try:
        try:
            for item in items:
                pending.append(pool.submit(function, item))
                del item  # its thread has it
                if len(pending) > _THREADS:
                    yield pending.popleft().result()
        except EnvoylogError as error:
            # What was read before it is not lost.
            failure = error
        while pending:
            yield pending.popleft().result()
    finally:
        # Not waiting: whoever stops early may do so from one of these threads.
        pool.shutdown(wait=False, cancel_futures=True)
    if failure:
        raise failure
