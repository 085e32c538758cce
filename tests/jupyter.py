"""A real Jupyter kernel, as a notebook talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient

_SECONDS = 60


@dataclass(frozen=True)
class Kernel:
    """A kernel that runs cells one after the other."""

    client: BlockingKernelClient

    def run(self, code: str) -> list[dict[str, Any]]:
        """Run a cell; give its outputs: what was displayed, printed, returned, raised."""
        outputs: list[dict[str, Any]] = []
        self.client.execute_interactive(
            code, timeout=_SECONDS, output_hook=lambda message: outputs.append(_output(message))
        )
        return [output for output in outputs if output["kind"] not in {"status", "execute_input"}]

    def complete(self, code: str) -> list[str]:
        """Ask what may follow at the end of a cell."""
        reply = self.client.complete(code, reply=True, timeout=_SECONDS)
        return list(reply["content"]["matches"])


def _output(message: dict[str, Any]) -> dict[str, Any]:
    return {"kind": message["msg_type"], **message["content"]}


@contextmanager
def running(folder: Path) -> Iterator[Kernel]:
    """Run a kernel in a folder."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder))
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
