"""The files in a tar archive, as they come."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from envoylog.errors import DamagedError
from envoylog.logs.compression import CHUNK, Readable

#: Between the name of an archive and that of a file in it.
WITHIN: Final = "!"
_BLOCK: Final = tarfile.BLOCKSIZE
_MAGIC: Final = slice(257, 262)
_FILES: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_GNU_NAME: Final = b"L"
# A name that needs more is no name.
_LONGEST_HEADER: Final = 2**20


def is_tar(head: bytes) -> bool:
    """Tell whether something that begins so is a tar archive."""
    return head[_MAGIC] == b"ustar"


@dataclass
class Member:
    """The bytes of one file in an archive.

    Attributes
    ----------
    name : str
        Of the archive.
    archive : Readable
        At the beginning of the file.
    left : int
        So many bytes are still to be read.
    kind : str
        Of the archive.
    """

    name: str
    archive: Readable
    left: int
    kind: str = "tar"
    _damage: DamagedError | None = None

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end.

        Raises
        ------
        DamagedError
            If the archive is cut off here.
        """
        if self._damage:
            raise self._damage
        wanted = min(size, self.left)
        data = self.archive.read(wanted)
        self.left -= len(data)
        if len(data) < wanted:
            self._damage = DamagedError(f"{self.name}: the {self.kind} archive is cut off")
            try:
                self.archive.read(1)
            except DamagedError as damage:  # it knows more than that
                self._damage = damage
            if not data:
                raise self._damage
        return data


def tar_members(name: str, archive: Readable) -> Iterator[tuple[str, Readable]]:
    """Read the files of a tar archive from a stream.

    Parameters
    ----------
    name : str
        Of the archive, for messages.
    archive : Readable
        Its bytes.

    Yields
    ------
    str
        The name of the file.
    Readable
        Its bytes; the rest is passed over.

    Raises
    ------
    DamagedError
        Where the archive is broken or cut off.
    """
    renamed, resized = "", -1
    while (header := archive.read(_BLOCK)).strip(b"\0"):
        try:
            found = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        except tarfile.TarError as error:
            raise DamagedError(f"{name}: the tar archive is damaged ({error})") from None
        is_header = found.type in {_GNU_NAME, tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}
        size = found.size if resized < 0 or is_header else resized
        content = Member(name, archive, size)
        if is_header:
            data = content.read(min(size, _LONGEST_HEADER))
            if found.type == _GNU_NAME:
                renamed = _decoded(data.rstrip(b"\0"))
            else:
                facts = _pax(data)
                renamed = facts.get("path", renamed)
                resized = int(facts.get("size", resized))
        elif found.type in _FILES and not (path := renamed or found.name).endswith("/"):
            yield _shown(path), content
        if not is_header:
            renamed, resized = "", -1
        while content.read(CHUNK):
            pass
        archive.read(-size % _BLOCK)


def _pax(data: bytes) -> dict[str, str]:
    """Read records of `length key=value`."""
    facts: dict[str, str] = {}
    while data:
        length, _, rest = data.partition(b" ")
        if not length.isdigit() or not 0 < int(length) <= len(data):
            break
        key, _, value = rest[: int(length) - len(length) - 2].partition(b"=")
        facts[_decoded(key)] = _decoded(value)
        data = data[int(length) :]
    if not facts.get("size", "0").isdigit():
        del facts["size"]
    return facts


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
