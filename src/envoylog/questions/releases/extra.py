"""One plain line where an extra is missing."""

from __future__ import annotations

import importlib.util

from envoylog.errors import QueryError


def need_statistics(what: str) -> None:
    """Refuse what cannot be judged without scipy."""
    if importlib.util.find_spec("scipy") is None:
        raise QueryError(f"{what} needs scipy: pip install 'envoylog[stats]'")


def need_report() -> None:
    """Refuse a report without what judges, draws and writes it."""
    for package in ("jinja2", "matplotlib", "scipy"):
        if importlib.util.find_spec(package) is None:
            raise QueryError(f"a report needs {package}: pip install 'envoylog[report]'")
