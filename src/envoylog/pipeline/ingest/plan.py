"""Decide what is new: which sources are known, under whatever name, and where to read on."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from envoylog.dataset.state import Taken
from envoylog.errors import InputError
from envoylog.logs.fingerprints import LENGTHS, Kinship, digest, head_hashes
from envoylog.logs.objects import StoredObject
from envoylog.logs.sources import Source, find_sources
from envoylog.pipeline.ingest.drafts import Draft, Piece
from envoylog.pipeline.ingest.looking import Content, RotatedError, Unfinished, look, stamp

#: A last line without a newline is taken as it is when its file has not changed for so long.
SETTLED: Final = timedelta(hours=1)
#: What was not seen for so long is forgotten.
FORGOTTEN: Final = timedelta(days=30)
#: So often is it noted that a source is still there.
_SEEN: Final = timedelta(days=1)


class News(StrEnum):
    """What a run finds a source to be."""

    NEW = "new"
    GROWN = "grown"
    KNOWN = "known"
    COPY = "copy"


@dataclass(slots=True)
class Plan:
    """What a run will do.

    Attributes
    ----------
    drafts : list of Draft
        What will be remembered when it is done.
    pieces : list of Piece
        What is new, in order.
    found : dict of str to News
        What each source is.
    failures : list of InputError
        What could not be looked at.
    """

    drafts: list[Draft]
    pieces: list[Piece] = field(default_factory=list)
    found: dict[str, News] = field(default_factory=dict)
    failures: list[InputError] = field(default_factory=list)


def make_plan(
    remembered: Iterable[Taken],
    sources: Sequence[Source],
    unfinished: Unfinished,
    now: datetime,
) -> Plan:
    """Decide what is new.

    Parameters
    ----------
    remembered : iterable of Taken
        What was taken in.
    sources : sequence of Source
        What there is.
    unfinished : callable
        Knows what a whole record is.
    now : datetime
        The time.

    Returns
    -------
    Plan
    """
    drafts = [Draft.of(taken) for taken in remembered if now - taken.seen < FORGOTTEN]
    planner = _Planner(Plan(drafts), unfinished, now)
    changed = [source for source in sources if not planner.is_known(source)]
    for source in changed:
        planner.consider(source)
    for source in _rotated(sources):
        if not planner.is_known(source):
            planner.consider(source, only_known=True)
    return planner.plan


@dataclass
class _Planner:
    plan: Plan
    unfinished: Unfinished
    now: datetime
    _by_stamp: dict[str, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    _by_key: dict[str, list[Draft]] = field(default_factory=lambda: defaultdict(list))
    _stamps: set[str] = field(default_factory=set)
    _former: set[Draft] = field(default_factory=set)

    def __post_init__(self) -> None:
        for draft in self.plan.drafts:
            if draft.stamp:
                self._by_stamp[draft.stamp].append(draft)
            self._by_key[draft.key].append(draft)

    def is_known(self, source: Source) -> bool:
        """Tell whether a source is as it was, without reading it."""
        mark = stamp(source)
        if mark in self._stamps:  # a second link to it, or the same object twice
            self.plan.found[source.name] = News.COPY
            return True
        drafts = self._by_stamp.get(mark, [])
        if not drafts or (any(draft.waiting for draft in drafts) and self._is_final(source)):
            return False
        self._stamps.add(mark)
        for draft in drafts:
            within = draft.name.partition("!")[1:]
            self._claim(draft, source.name + "".join(within), mark)
        self.plan.found[source.name] = News.KNOWN
        return True

    def consider(self, source: Source, *, only_known: bool = False) -> None:
        """Look at a source that is new or has changed."""
        mark = stamp(source)
        if mark in self._stamps:
            self.plan.found[source.name] = News.COPY
            return
        news: set[News] = set()
        try:
            contents = look(source, self._offsets, self.unfinished, final=self._is_final(source))
            for content in contents:
                found = self._consider(content, mark, only_known=only_known)
                if found:
                    news.add(found)
        except RotatedError:
            return
        except InputError as failure:
            if not only_known:
                self.plan.failures.append(failure)
        if news:
            self._stamps.add(mark)
            self.plan.found[source.name] = next(kind for kind in News if kind in news)

    def _consider(self, content: Content, mark: str, *, only_known: bool) -> News | None:
        relation, best = self._closest(content)
        if best is None and only_known:
            return None
        if best and relation is Kinship.PART:
            self._add(best.copied(self.now), content.name, mark)
            return News.COPY
        if best is None:
            start, before = 0, b""
            draft = Draft("", "", (), 0, digest(b""), 0, self.now)
        else:
            start, before = best.content.offset, content.before[best.content.offset]
            draft = best.copied(self.now) if best.claimed else best
        draft.waiting = content.waiting
        if content.end is not None and content.end <= start:
            self._add(draft, content.name, mark)
            return News.COPY if draft.copy else News.KNOWN
        piece = Piece(content, start, content.end, draft.lines, before, draft)
        piece.after = draft.root.piece if draft.root else None
        draft.piece, draft.end, draft.copy = piece, content.end, False
        draft.heads = head_hashes(content.head)
        if content.end is not None:
            draft.tail = digest(content.before[content.end])
        self.plan.pieces.append(piece)
        if draft.old:
            # A copy may have been made before it grew.
            former = Draft.of(draft.old)
            former.claimed = True
            self._former.add(former)
            self._by_key[former.key].append(former)
        self._add(draft, content.name, mark)
        return News.GROWN if best else News.NEW

    def _closest(self, content: Content) -> tuple[Kinship, Draft | None]:
        """Find what a content continues, or is a part of."""
        related = [
            (kinship, draft)
            for draft in self._candidates(content.head)
            if (kinship := draft.content.kinship(content.head, content.read)) is not Kinship.NONE
        ]

        def closeness(item: tuple[Kinship, Draft]) -> tuple[bool, int, bool]:
            # Logs do not fork: what is a part of the longest is none that goes on from a shorter.
            draft = item[1]
            return draft not in self._former, draft.content.offset, not draft.claimed

        return max(related, key=closeness, default=(Kinship.NONE, None))

    def _candidates(self, head: bytes) -> list[Draft]:
        key = next(iter(head_hashes(head[: LENGTHS[0]])), "")
        found = [*self._by_key.get(key, []), *(self._by_key.get("", []) if key else [])]
        return [draft for draft in found if draft.content.offset]

    def _offsets(self, head: bytes) -> list[int]:
        key = next(iter(head_hashes(head[: LENGTHS[0]])), "")
        for draft in self._by_key.get(key, []):
            if draft.end is None and draft.piece:
                self._find_end(draft.piece)
        return [draft.content.offset for draft in self._candidates(head)]

    def _find_end(self, piece: Piece) -> None:
        """Find out where a piece ends, as something else begins like it."""
        with suppress(InputError):
            everything = look(piece.source, lambda _head: [1], self.unfinished, final=True)
            for content in everything:
                if content.number == piece.content.number and content.end:
                    piece.end = piece.draft.end = content.end
                    piece.draft.tail = digest(content.before[content.end])

    def _add(self, draft: Draft, name: str, mark: str) -> None:
        self._claim(draft, name, mark)
        if draft not in self.plan.drafts:
            self.plan.drafts.append(draft)
        if draft not in self._by_key[draft.key]:
            self._by_key[draft.key].append(draft)

    def _claim(self, draft: Draft, name: str, mark: str) -> None:
        draft.name, draft.stamp, draft.claimed = name, mark, True
        if self.now - draft.seen >= _SEEN:
            draft.seen = self.now

    def _is_final(self, source: Source) -> bool:
        age = self.now.timestamp() - source.modified
        return isinstance(source, StoredObject) or age > SETTLED.total_seconds()


def _rotated(sources: Sequence[Source]) -> list[Source]:
    """Find what files may have been renamed to: `access.log.1`, `access.log-20261124.gz`."""
    given = {source.name for source in sources if not isinstance(source, StoredObject)}
    folders: dict[str, list[str]] = {}
    names: list[str] = []
    for source in given:
        folder, name = os.path.split(source)
        if folder not in folders:
            # Once for all files of a folder: there may be thousands.
            with suppress(OSError):
                folders[folder] = sorted(os.listdir(folder or "."))  # noqa: PTH208 - plain names
        listed = folders.get(folder, [])
        for other in listed[bisect_right(listed, name) :]:
            if not other.startswith(name):
                break
            names.append(os.path.join(folder, other))  # noqa: PTH118 - as they were given
    found = sorted({name for name in names if name not in given and Path(name).is_file()})
    return find_sources(found) if found else []
