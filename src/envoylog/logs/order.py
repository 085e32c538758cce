"""The order in which to read logs: by time, and rotated files from the oldest to the newest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from envoylog.logs.sources import Source

_COMPRESSED: Final = r"(?:\.(?:gz|zst|zstd|bz2|xz|lz4))?"
# Numbers grow with age, dates with time: logrotate's, kubelet's, docker's.
_NUMBERED: Final = re.compile(rf"(?P<family>.+)\.(?P<number>[0-9]{{1,4}}){_COMPRESSED}")
_DATED: Final = re.compile(
    rf"(?P<family>.+?)[.-](?P<date>[0-9]{{4}}-?[0-9]{{2}}-?[0-9]{{2}}[0-9T:_.-]*?)"
    rf"(?P<rest>\.[a-z]+)??{_COMPRESSED}"
)
_LIVE: Final = re.compile(rf"(?P<family>.+?){_COMPRESSED}")


def in_order(sources: Sequence[Source]) -> list[Source]:
    """Order the files of a folder.

    Parameters
    ----------
    sources : sequence of Source
        In any order.

    Returns
    -------
    list of Source
        Files that were rotated out of each other stand together, the oldest first: `a.log.2.gz`,
        `a.log.1`, `a.log`. Such families, and files without one, come by the time at which the
        oldest of them was last changed, and then by name.
    """
    families: dict[str, list[tuple[tuple[int, int, str], Source]]] = {}
    for source in sources:
        family, age = rotation(source.name)
        families.setdefault(family, []).append((age, source))
    ordered = sorted(
        families.items(), key=lambda item: (min(s.modified for _age, s in item[1]), item[0])
    )
    return [
        source
        for _family, members in ordered
        for _age, source in sorted(members, key=lambda member: (member[0], member[1].name))
    ]


def rotation(name: str) -> tuple[str, tuple[int, int, str]]:
    """Tell from which log a file was rotated, and sort keys for its place among those.

    Parameters
    ----------
    name : str
        Of a file.

    Returns
    -------
    family : str
        The name of the log that it was rotated from.
    age : tuple
        Smaller for what was rotated earlier.

    Examples
    --------
    >>> names = ["a.log", "a.log.1", "a.log.10.gz", "a.log.2.gz"]
    >>> sorted(names, key=lambda name: rotation(name)[1])
    ['a.log.10.gz', 'a.log.2.gz', 'a.log.1', 'a.log']
    """
    if found := _NUMBERED.fullmatch(name):
        return found["family"], (0, -int(found["number"]), "")
    if found := _DATED.fullmatch(name):
        digits = re.sub(r"[^0-9]", "", found["date"])
        return found["family"] + (found["rest"] or ""), (1, 0, digits)
    found = _LIVE.fullmatch(name)
    return (found["family"] if found else name), (2, 0, "")
