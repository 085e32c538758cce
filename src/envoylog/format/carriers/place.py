"""What is found in a configuration file, and the mappings it is read from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from envoylog.errors import FormatError, Problem
from envoylog.format.carriers.notes import OMITS_EMPTY
from envoylog.format.document import Encoding, JsonFormat

_WORD = re.compile(r"[\w@-]+")


@dataclass(frozen=True, slots=True)
class CarriedFormat:
    """An access-log format that stands in a configuration file.

    Attributes
    ----------
    path : str
        Where it stands: ``data.mesh.accessLogFormat``; with the object's kind and name where a
        file holds several documents: ``ConfigMap/istio: data.mesh.accessLogFormat``. For a default
        that nobody wrote, the place that brings it about.
    product : str
        Who reads the file.
    source : str or mapping
        The format exactly as the product hands it to Envoy.
    encoding : Encoding
        TEXT or JSON.
    name : str
        A short name to pick it by: of the provider, the log, the listener or the object.
    log_path : str
        The file that the log goes to; empty if it is not told.
    notes : tuple of str
        What the product really does with the value, in sentences.
    """

    path: str
    product: str
    source: str | JsonFormat
    encoding: Encoding
    name: str
    log_path: str
    notes: tuple[str, ...]

    @property
    def omits_empty_values(self) -> bool:
        """Whether Envoy was told to write nothing, instead of `-`, for what is missing."""
        return OMITS_EMPTY in self.notes


@dataclass(frozen=True, slots=True)
class Place:
    """A mapping in a document, and how it was reached.

    A key is found in snake, camel and Pascal case: Envoy takes both ``log_format`` and
    ``logFormat``, and Consul writes ``AccessLogs``. A value of the wrong kind is a `FormatError`
    that shows the path.

    Attributes
    ----------
    node : mapping
        The mapping.
    path : tuple of str or int
        Keys and indices that lead to it.
    kind : str
        The kind of the Kubernetes object it stands in; empty if none.
    name : str
        The outermost `name` above it that is not a name of Envoy's own.
    object_name : str
        ``metadata.name`` of the Kubernetes object.
    root : bool
        Whether it is a whole document, or a whole file inside a ConfigMap.
    """

    node: Mapping[str, object]
    path: tuple[str | int, ...] = ()
    kind: str = ""
    name: str = ""
    object_name: str = ""
    root: bool = False

    @property
    def group(self) -> str:
        """The API group of a Kubernetes object."""
        return str(self.node.get("apiVersion")).partition("/")[0]

    def get(self, key: str) -> object:
        """Return the value under a key, or None."""
        for spelling in _spellings(key):
            if spelling in self.node:
                return self.node[spelling]
        return None

    def has(self, *keys: str) -> bool:
        """Tell whether one of the keys has a value."""
        return any(self.get(key) is not None for key in keys)

    def first(self, *keys: str) -> str:
        """Return the first of the keys that has a value; the first of all if none has."""
        return next((key for key in keys if self.has(key)), keys[0])

    def text(self, key: str) -> str:
        """Return the string under a key; empty if there is none."""
        value = self.get(key)
        if value is None or isinstance(value, str):
            return value or ""
        raise self.fault(key, "expected a string")

    def inside(self, *keys: str) -> Place | None:
        """Step into the mappings under a chain of keys; None if one is missing."""
        place = self
        for key in keys:
            node = place.get(key)
            if node is None:
                return None
            if not isinstance(node, Mapping):
                raise place.fault(key, "expected a mapping")
            place = replace(place, node=node, path=place._to(key), root=False)
        return place

    def each(self, key: str) -> Iterator[Place]:
        """Step into the mappings of the list under a key."""
        items = self.get(key)
        if items is None:
            return
        if not isinstance(items, list):
            raise self.fault(key, "expected a list")
        for index, item in enumerate(items):
            if isinstance(item, Mapping):
                yield replace(self, node=item, path=(*self._to(key), index), root=False)

    def strings(self, key: str) -> list[str]:
        """Return the strings of the list under a key."""
        items = self.get(key)
        return [item for item in items if isinstance(item, str)] if isinstance(items, list) else []

    def json(self, key: str) -> JsonFormat:
        """Return the mapping under a key as a JSON format: what JSON can hold, keys as strings."""
        value = self.get(key)
        if isinstance(value, Mapping):
            return {_key(name): _json(item) for name, item in value.items()}
        raise self.fault(key, "expected a mapping of keys to format strings")

    def pairs(self, key: str) -> JsonFormat:
        """Return a list of ``{key: …, value: …}`` as a JSON format; a mapping stays one."""
        if isinstance(self.get(key), list):
            return {item.text("key"): item.text("value") for item in self.each(key)}
        return self.json(key)

    def carried(
        self,
        key: str,
        source: str | JsonFormat,
        *notes: str,
        log_path: str = "",
        name: str = "",
    ) -> CarriedFormat:
        """Make a finding at a key of this place; the product is filled in by who asked."""
        return CarriedFormat(
            path=self.at(key),
            product="",
            source=source,
            encoding=Encoding.TEXT if isinstance(source, str) else Encoding.JSON,
            name=name or self.name or self.object_name,
            log_path=log_path,
            notes=tuple(note for note in notes if note),
        )

    def at(self, key: str = "") -> str:
        """Write the path to this place or to one of its keys."""
        return _render(self._to(key) if key else self.path) or "(the document)"

    def fault(self, key: str, message: str) -> FormatError:
        """Make the error that shows the path to a key."""
        path = self.at(key)
        return FormatError([Problem(0, len(path), message, path)])

    def _to(self, key: str) -> tuple[str | int, ...]:
        spelling = next((name for name in _spellings(key) if name in self.node), key)
        return (*self.path, spelling)


def _render(path: tuple[str | int, ...]) -> str:
    """Write a path as ``data["contour.yaml"].listeners[0]``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _WORD.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


@lru_cache
def _spellings(key: str) -> tuple[str, ...]:
    """Return the key, and what it is called in snake, camel and Pascal case."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).lower()
    pascal = "".join(word[:1].upper() + word[1:] for word in snake.split("_"))
    return key, snake, pascal[:1].lower() + pascal[1:], pascal


def _key(key: object) -> str:
    return key if isinstance(key, str) else str(_json(key))


def _json(value: object) -> object:
    if isinstance(value, Mapping):
        return {_key(key): _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    return value
