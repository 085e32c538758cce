"""Logs in object stores: S3 and what speaks like it, Google Cloud Storage, Azure."""

from __future__ import annotations

import glob
import re
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from envoylog.errors import InputError
from envoylog.logs.compression import Readable
from envoylog.logs.order import in_order
from envoylog.logs.sources import NO_LOGS, Source

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore

# How the names of objects begin.
_SCHEMES: Final = ("s3", "s3a", "gs", "az", "azure", "abfs", "abfss")
_WILD: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]")
_MEANINGS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
# What is asked for at a time, in bytes: a request takes a tenth of a second, whatever its size.
_RANGE: Final = 8 * 2**20


@dataclass(frozen=True, slots=True)
class StoredObject(Source):
    """One object of a store.

    Attributes
    ----------
    bucket : str
        `s3://bucket`.
    path : str
        Its name in the bucket.
    """

    bucket: str = ""
    path: str = ""

    def open(self, offset: int = 0) -> AbstractContextManager[Readable]:
        """Open it; it is read range by range, and never whole into memory."""
        return nullcontext(_Ranges(self, offset))


@dataclass
class _Ranges:
    """Reads an object range by range; one that is replaced meanwhile breaks off."""

    object: StoredObject
    at: int
    _waiting: bytes = b""

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes; fewer only at the end."""
        while len(self._waiting) < size and self.at < self.object.size:
            self._waiting += self._range(max(size, _RANGE))
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data

    def _range(self, size: int) -> bytes:
        import obstore
        from obstore.exceptions import BaseError

        options: GetOptions = {"range": (self.at, min(self.at + size, self.object.size))}
        if self.object.identity:
            options["if_match"] = self.object.identity
        try:
            data = bytes(
                obstore.get(_store(self.object.bucket), self.object.path, options=options).bytes()
            )
        except (BaseError, OSError, ValueError) as error:
            raise _refused(self.object.name, error) from None
        self.at += len(data)
        return data


def find_objects(url: str) -> list[Source]:
    """Find objects.

    Parameters
    ----------
    url : str
        `s3://bucket/object`, `s3://bucket/folder/`, or a glob such as `s3://bucket/2026/**/*.gz`.
        Azure's containers are `az://container/…`, its account is told by the environment, as is
        who asks and where the store is (`AWS_ENDPOINT_URL`, `AZURE_STORAGE_ACCOUNT_NAME`, …).

    Returns
    -------
    list of Source
        By time; see `in_order`.

    Raises
    ------
    InputError
        If nothing is found, or the store does not answer.
    """
    scheme, _, rest = url.partition("://")
    if scheme not in _SCHEMES:
        raise InputError(f"cannot read {url}: known are s3://, gs:// and az://")
    try:
        from obstore.exceptions import BaseError
    except ImportError:
        raise InputError(f"reading {url} needs: pip install 'envoylog[s3]'") from None
    host, _, path = rest.partition("/")
    bucket = f"{scheme}://{host}"
    try:
        found = _matching(_store(bucket), path)
    except (BaseError, OSError, ValueError) as error:
        raise _refused(url, error) from None
    sources = [
        StoredObject(
            f"{bucket}/{meta['path']}",
            meta["size"],
            meta["last_modified"].timestamp(),
            meta["e_tag"] or "",
            bucket,
            meta["path"],
        )
        for meta in found
    ]
    if not sources:
        raise InputError(f"no objects at {url}")
    return in_order(sources)


def _matching(store: ObjectStore, path: str) -> list[ObjectMeta]:
    import obstore

    pattern, prefix = path, path.rstrip("/")
    if glob.has_magic(path):
        prefix = path[: _WILD.search(path).start()].rpartition("/")[0]  # type: ignore[union-attr]
    else:
        if path and not path.endswith("/"):
            with suppress(FileNotFoundError):  # perhaps a folder
                return [obstore.head(store, path)]
        pattern = f"{prefix}/**" if prefix else "**"
    matches = re.compile(_translated(pattern))
    return [
        meta
        for page in obstore.list(store, prefix or None)
        for meta in page
        if matches.fullmatch(meta["path"])
        and not meta["path"].endswith((NO_LOGS, "/"))
        and not meta["path"].rpartition("/")[2].startswith(".")
    ]


def _translated(pattern: str) -> str:
    r"""Write a glob as a regular expression.

    Examples
    --------
    >>> _translated("a/**/[bc]*.gz")
    'a/(?:.*/)?[bc][^/]*\\.gz'
    """
    return _WILD.sub(
        lambda found: _MEANINGS.get(found[0]) or found[0].replace("[!", "[^"),
        re.sub(r"[.+^$(){}|\\]", r"\\\g<0>", pattern),
    )


@cache
def _store(bucket: str) -> ObjectStore:
    from obstore.store import from_url

    return from_url(bucket, client_options={"allow_http": True, "timeout": "5 min"})


def _refused(name: str, error: Exception) -> InputError:
    # The first line says it; the rest is the answer of the server.
    return InputError(f"cannot read {name}: {str(error).strip().partition(chr(10))[0]}")
