"""What a run will remember, before and while it reads: drafts, and the pieces that are new."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from envoylog.dataset.state import Taken
from envoylog.logs.blocks import Block, Span
from envoylog.logs.envelopes.envelope import Envelope
from envoylog.logs.fingerprints import LENGTHS, TAIL, Fingerprint, digest
from envoylog.logs.sources import Source
from envoylog.pipeline.ingest.looking import Content
from envoylog.pipeline.reading import Located


@dataclass(slots=True, eq=False)
class Draft:
    """What will be remembered of one content.

    Attributes
    ----------
    name, stamp, waiting, copy, seen
        As of `Taken`.
    heads : tuple of str
        Of the content as far as it is known, perhaps further than it was read.
    end : int or None
        Where reading will stop; None if only reading tells.
    tail : str
        The hash of what stands before the end.
    old : Taken or None
        What was remembered.
    root : Draft or None
        Whose content it has, if it is a copy.
    piece : Piece or None
        What is new of it.
    claimed : bool
        Whether a source of this run was found to be it.
    """

    name: str
    stamp: str
    heads: tuple[str, ...]
    end: int | None
    tail: str
    lines: int
    seen: datetime
    waiting: int = 0
    copy: bool = False
    old: Taken | None = None
    root: Draft | None = None
    piece: Piece | None = None
    claimed: bool = False

    @classmethod
    def of(cls, old: Taken) -> Draft:
        """Begin with what is remembered."""
        read = old.content
        return cls(
            old.name,
            old.stamp,
            read.heads,
            read.offset,
            read.tail,
            old.lines,
            old.seen,
            old.waiting,
            old.copy,
            old,
        )

    def copied(self, now: datetime) -> Draft:
        """Make the draft of another source with the same content."""
        content = self.content
        return Draft(
            "", "", self.heads, content.offset, content.tail, self.lines, now, copy=True, root=self
        )

    @property
    def key(self) -> str:
        """What its copies share with it."""
        return self.heads[0] if self.heads else ""

    @property
    def content(self) -> Fingerprint:
        """What will have been read, if all goes well."""
        return _fingerprint(self.heads, self.end or 0, self.tail)

    def result(self) -> Taken | None:
        """Give what is to be remembered now, whatever became of the plan so far."""
        if self.piece:
            return self.piece.result()
        if self.root:
            like = self.root.result()
            if like is None:
                return None
            mark = self.stamp if like.content == self.content else ""
            return replace(like, name=self.name, stamp=mark, waiting=0, copy=True, seen=self.seen)
        return Taken(
            self.name,
            self.stamp,
            self.content,
            self.lines,
            self.waiting,
            self.copy,
            self.seen,
        )


@dataclass(slots=True, eq=False)
class Piece:
    """New lines of one content.

    Attributes
    ----------
    content : Content
        Where they stand.
    start : int
        Where to read on.
    end : int or None
        Where to stop; None for the end.
    lines : int
        How many lines are before them.
    before : bytes
        What stands before them.
    draft : Draft
        What will be remembered.
    after : Piece or None
        What must have been read whole before this, as it goes on where that ends.
    source : Source
        An own copy of the content's source, so that blocks tell their piece.
    taken : int
        Up to where its lines were taken in.
    read : int
        Up to where they were read, when reading has ended.
    last : bytes
        What stands before that.
    """

    content: Content
    start: int
    end: int | None
    lines: int
    before: bytes
    draft: Draft
    after: Piece | None = None
    source: Source = field(init=False)
    taken: int = field(init=False)
    read: int = -1
    last: bytes = b""

    def __post_init__(self) -> None:
        self.source = replace(self.content.source)
        self.taken = self.start

    @property
    def is_whole(self) -> bool:
        """Whether it was read to its end."""
        return self.read == self.end

    def located(self, block: Block, envelope: Envelope | None) -> Located:
        """Say of a block where it stands."""
        return Located(self.source, self.content.name, id(self), block, envelope)

    def take(self, span: Span, lines: int) -> None:
        """Note that the lines of a block were taken in."""
        self.taken = span.offset + span.size
        self.lines += lines
        # Of a line that is too long not all is there.
        self.before = (self.before + span.tail)[-TAIL:] if span.tail else b""

    @property
    def is_settled(self) -> bool:
        """Whether it is known what stands before where it was taken in."""
        return self.taken in {self.start, self.read} or len(self.before) == min(self.taken, TAIL)

    def result(self) -> Taken | None:
        """Give what is to be remembered now."""
        draft = self.draft
        if self.taken == self.start:
            return replace(draft.old, stamp="") if draft.old else None
        before = self.last if self.taken == self.read else self.before
        done = self.taken == self.end
        return Taken(
            draft.name,
            draft.stamp if done else "",
            _fingerprint(draft.heads, self.taken, digest(before[-TAIL:])),
            self.lines,
            draft.waiting,
            draft.copy,
            draft.seen,
        )


def _fingerprint(heads: tuple[str, ...], offset: int, tail: str) -> Fingerprint:
    return Fingerprint(offset, heads[: sum(length <= offset for length in LENGTHS)], tail)
