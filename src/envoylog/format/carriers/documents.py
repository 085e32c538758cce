"""Configuration text → documents: YAML and JSON, read so that hostile text does no harm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import yaml

from envoylog.errors import FormatError, Problem

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # PyYAML without libyaml: ten times slower, but the same
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

#: Kubernetes stores no object above 1.5 MiB; this leaves room for many of them in one file.
_MAX_YAML = 4 * 2**20
#: The deepest real file, a dump of Envoy's configuration, nests about 30 levels.
_MAX_DEPTH = 100

# What JSON can hold. Kubernetes and Envoy read YAML as JSON, so a date, say, stays text.
_JSON_TAGS = ("null", "bool", "int", "float", "str", "seq", "map", "merge")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in _JSON_TAGS}

# A line that starts with one of these keys stands in no TEXT format and no JSON dictionary of
# commands: text with such a line that is not YAML is a broken configuration file.
_CONFIGURATION = re.compile(
    r"""(?mx) ^ [\s{\[-]* ["']? (?:
        apiVersion | @type | type_url | static_resources | dynamic_resources
      | typed_config | typedConfig | log_format | logFormat | text_format_source
      | meshConfig | accessLogFile | accessLogFormat | accessLogEncoding | extensionProviders
      | accesslog-format | accesslog-format-string | json-fields | envoy_log_format
    ) ["']? [ ]* :"""
)
_TEMPLATE = re.compile(r"\{\{|\{%")


class _Loader(_SafeLoader):
    """YAML of which nothing but JSON comes out."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag in _TAGS]
    for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.yaml_constructors = {
    tag: construct
    for tag, construct in _SafeLoader.yaml_constructors.items()
    if tag is None or tag in _TAGS
}


class _TooLargeError(ValueError):
    """A document that no configuration needs."""


def read_documents(text: str) -> tuple[object, ...]:
    r"""Read configuration text.

    Parameters
    ----------
    text : str
        JSON, or YAML of one or several documents.

    Returns
    -------
    tuple
        The documents that are not empty; nothing if the text is neither JSON nor YAML and does not
        look like a configuration file.

    Raises
    ------
    FormatError
        For a configuration file that is neither, with the place that the YAML reader names.

    Examples
    --------
    >>> read_documents("a: 1\n---\nb: 2024-01-01\n")
    ({'a': 1}, {'b': '2024-01-01'})
    """
    try:
        return load_documents(text)
    except FormatError:
        if not _CONFIGURATION.search(text):
            return ()
        raise


def load_documents(text: str) -> tuple[object, ...]:
    """Read text that is known to be JSON or YAML.

    Parameters
    ----------
    text : str
        JSON, or YAML of one or several documents.

    Returns
    -------
    tuple
        The documents that are not empty.

    Raises
    ------
    FormatError
        If it is neither, with the place that the YAML reader names.
    """
    try:
        return tuple(document for document in _read(text) if document is not None)
    # PyYAML lets plain errors of Python pass: `!!int ''` is an IndexError.
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise FormatError([_problem(text, error)]) from None


def _read(text: str) -> Iterator[object]:
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)  # a dump of Envoy's configuration has many megabytes
        except ValueError:
            pass
        else:
            _check_depth(document)
            yield document
            return
    _check_size(text)
    yield from yaml.load_all(text, Loader=_Loader)


def _check_depth(document: object) -> None:
    level, depth = [document], 0
    while level:
        if depth > _MAX_DEPTH:
            raise _TooLargeError(f"it nests deeper than {_MAX_DEPTH} levels")
        depth += 1
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]


def _check_size(text: str) -> None:
    """Refuse YAML that is too large or deep once its aliases are written out.

    The events are read before the document is built: libyaml overruns the stack at some ten
    thousand levels, and a merge of aliases of aliases would be built before it could be measured.
    """
    if len(text) > _MAX_YAML:
        raise _TooLargeError(f"it has more than {_MAX_YAML} characters")
    anchors: dict[str, _Extent] = {}
    open_ = [_Extent()]  # the stream, then every collection that is not closed yet
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_.append(_Extent(event.anchor, 1, 1))
        extent = _closed(event, open_, anchors)
        if extent.anchor is not None:
            anchors[extent.anchor] = extent
        above = open_[-1]
        above.size += extent.size
        above.height = max(above.height, extent.height + 1)
        if len(open_) + extent.height > _MAX_DEPTH:
            raise _TooLargeError(f"it nests deeper than {_MAX_DEPTH} levels")
        if above.size > _MAX_YAML:
            raise _TooLargeError("its aliases make it too large")


@dataclass(slots=True)
class _Extent:
    """What a node of YAML takes with its aliases written out: characters and nodes, and levels."""

    anchor: str | None = None
    size: int = 0
    height: int = 0


def _closed(event: yaml.Event, open_: list[_Extent], anchors: dict[str, _Extent]) -> _Extent:
    """Return the extent of the node that ends with an event; nothing for other events."""
    match event:
        case yaml.CollectionEndEvent():
            return open_.pop()
        case yaml.ScalarEvent():
            return _Extent(event.anchor, 1 + len(event.value))
        case yaml.AliasEvent():
            if event.anchor not in anchors:
                raise _TooLargeError(f"the alias *{event.anchor} names nothing that ends before it")
            return replace(anchors[event.anchor], anchor=None)
        case _:
            return _Extent()


def _problem(text: str, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    at = mark.index if mark else getattr(error, "position", 0)
    at = max(0, min(at, len(text) - 1))
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    hint = "; a template must be rendered first" if _TEMPLATE.search(text) else ""
    return Problem(at, at + 1, f"this configuration is not YAML: {place}{reason}{hint}", text)
