"""JSON documents that hold many lines: they are taken apart into one record a line.

An array is read element by element. Any other document is read whole, as nothing in it ends before
it does; `MAX_DOCUMENT` says how large it may be.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from envoylog.errors import DamagedError, InputError
from envoylog.logs.compression import Peeked, Readable
from envoylog.logs.envelopes.records import Record

#: In bytes. What follows a document is another one, so that large exports are no large documents.
MAX_DOCUMENT: Final = 256 * 2**20
_CHUNK: Final = 2**20
# What stands between documents, and around the elements of an array.
_BETWEEN: Final = re.compile(r"[\ufeff \t\r\n,]*")
_AROUND: Final = re.compile(r"[\ufeff \t\r\n,\[\]]*")

#: What a document is taken apart into.
RECORD: Final = Record(
    payload=("#payload",),
    marks=("#payload",),
    facts={
        "envelope_time": ("#time",),
        "stream": ("stream",),
        "pod": ("pod", "pod_name", "k8s.pod.name", "k8s_pod_name"),
        "container": ("container", "container_name", "k8s.container.name", "k8s_container_name"),
        "namespace": ("namespace", "namespace_name", "k8s.namespace.name", "k8s_namespace_name"),
        "node": ("node_name", "node", "hostname", "k8s.node.name", "k8s_node_name", "host.name"),
    },
)

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Document:
    """One kind of document.

    Attributes
    ----------
    begins : str
        A regular expression of its beginning.
    records : callable
        Gives its records.
    between : pattern
        What is passed over; if that includes brackets, each element of an array is a document.
    """

    begins: str
    records: Callable[[object], Iterator[object]]
    between: re.Pattern[str] = _BETWEEN


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _loki(document: object) -> Iterator[object]:
    top = _mapping(document)
    streams = _items(_mapping(top.get("data")).get("result")) or _items(top.get("streams"))
    for stream in map(_mapping, streams):
        labels = _mapping(stream.get("stream"))
        for value in map(_items, _items(stream.get("values"))):
            if len(value) > 1:
                yield {**labels, "#time": value[0], "#payload": value[1]}


def _otel(document: object) -> Iterator[object]:
    for resource in map(_mapping, _items(_mapping(document).get("resourceLogs"))):
        facts = _attributes(_mapping(resource.get("resource")))
        scopes = _items(resource.get("scopeLogs")) or _items(
            resource.get("instrumentationLibraryLogs")
        )
        for scope in map(_mapping, scopes):
            for record in map(_mapping, _items(scope.get("logRecords"))):
                own = _attributes(record)
                stream = own.get("log.iostream", own.get("stream"))
                body = _any_value(_mapping(record.get("body")))
                payload = body if isinstance(body, str) else _dump(body)
                time = record.get("timeUnixNano") or record.get("observedTimeUnixNano")
                yield {**facts, **own, "stream": stream, "#time": time, "#payload": payload}


def _attributes(record: Json) -> Json:
    pairs = map(_mapping, _items(record.get("attributes")))
    return {str(pair.get("key")): _any_value(_mapping(pair.get("value"))) for pair in pairs}


def _any_value(value: Json) -> object:
    for kind, inner in value.items():
        if kind == "kvlistValue":
            pairs = map(_mapping, _items(_mapping(inner).get("values")))
            return {str(pair.get("key")): _any_value(_mapping(pair.get("value"))) for pair in pairs}
        if kind == "arrayValue":
            return [_any_value(_mapping(item)) for item in _items(_mapping(inner).get("values"))]
        if kind == "intValue":
            return int(str(inner))
        return inner
    return None


def _cloudwatch(document: object) -> Iterator[object]:
    top = _mapping(document)
    events = _items(top.get("events")) or _items(top.get("logEvents"))
    for event in map(_mapping, events):
        yield {"#time": event.get("timestamp"), "#payload": event.get("message")}
    for row in map(_items, _items(top.get("results"))):
        cells = {cell.get("field"): cell.get("value") for cell in map(_mapping, row)}
        yield {"#time": cells.get("@timestamp"), "#payload": cells.get("@message")}


def _element(document: object) -> Iterator[object]:
    yield document


DOCUMENTS: Final = (
    Document(
        r'\{\s*"(?:status"\s*:\s*"success"|data"\s*:\s*\{\s*"(?:resultType|result|encodingFlags|stats)"'
        r'|streams"\s*:\s*\[)',
        _loki,
    ),
    Document(r'\{\s*"resourceLogs"\s*:\s*\[', _otel),
    Document(
        r'\{\s*"(?:events"\s*:\s*\[|messageType"\s*:\s*"|results"\s*:\s*\[\s*\[)', _cloudwatch
    ),
    Document(r"\[\s*\{", _element, _AROUND),
    # Printed for people, as by `gcloud logging read --format json` and jq.
    Document(
        r'\{\s*\n\s*"(?:insertId|logName|textPayload|jsonPayload|httpRequest|labels)"', _element
    ),
)


def taken_apart(name: str, stream: Peeked) -> Readable:
    r"""Take the documents of a stream apart.

    Parameters
    ----------
    name : str
        Of the stream, for messages.
    stream : Peeked
        Any bytes.

    Returns
    -------
    Readable
        One JSON record a line; the stream itself if it holds no documents.

    Examples
    --------
    >>> import io
    >>> document = b'{"data":{"result":[{"stream":{"pod":"web"},"values":[["1","a line"]]}]}}'
    >>> taken_apart("a", Peeked(io.BytesIO(document), 100)).read(100)
    b'{"pod": "web", "#time": "1", "#payload": "a line"}\n'
    """
    head = stream.head.decode("utf-8", "replace")
    for kind in DOCUMENTS:
        if re.match(r"\s*" + kind.begins, head):
            return _Records(name, stream, kind)
    return stream


@dataclass
class _Records:
    name: str
    stream: Readable
    kind: Document
    _text: str = ""
    _at: int = 0
    _open: int = 0
    _waiting: bytes = b""
    _ended: bool = False
    _damage: InputError | None = None
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("backslashreplace")
    )

    def read(self, size: int, /) -> bytes:
        parts = [self._waiting]
        left = size - len(self._waiting)
        while left > 0 and self._damage is None:
            try:
                lines = self._next()
            except InputError as damage:
                self._damage = damage
                break
            if not lines:
                break
            parts.append(lines)
            left -= len(lines)
        together = b"".join(parts)
        data, self._waiting = together[:size], together[size:]
        if self._damage and not data:
            raise self._damage
        return data

    def _next(self) -> bytes:
        """Give the records of the next document; none at the end."""
        wanted = _CHUNK
        while True:
            at = self.kind.between.match(self._text, self._at).end()  # type: ignore[union-attr]
            passed = self._text[self._at : at]
            self._open += passed.count("[") - passed.count("]")
            self._at = at
            if at < len(self._text):
                try:
                    document, self._at = json.JSONDecoder().raw_decode(self._text, at)
                except ValueError as error:
                    if self._ended:
                        raise DamagedError(
                            f"{self.name}: a JSON document is cut off or damaged ({error})"
                        ) from None
                else:
                    lines = [_dump(record) for record in self.kind.records(document)]
                    if lines:
                        return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
                    continue
            elif self._ended and self._open > 0:
                raise DamagedError(f"{self.name}: a JSON array is cut off")
            elif self._ended:
                return b""
            if len(self._text) - at > MAX_DOCUMENT:
                raise DamagedError(
                    f"{self.name}: a JSON document is larger than {MAX_DOCUMENT:,} bytes: "
                    "export it in smaller pages, or one record a line"
                )
            data = self.stream.read(wanted)
            self._ended = not data
            self._text = self._text[at:] + self._decoder.decode(data, final=self._ended)
            self._at = 0
            # Twice as much each time: what is incomplete is read again from its start.
            wanted = max(_CHUNK, len(self._text))


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
