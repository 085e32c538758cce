"""Routes that somebody has written down: lists of templates, Kubernetes objects, OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from envoylog.enrich.routes.saved import FIRST_LINE, read_lines
from envoylog.enrich.routes.templates import Kind, Segment, Template, check_pattern
from envoylog.errors import ConfigurationError, FormatError
from envoylog.format.carriers.documents import load_documents

_EXPECTED: Final = (
    "expected path templates, one on a line, or a VirtualService, an HTTPRoute, a GRPCRoute or "
    "OpenAPI in YAML or JSON"
)
_METHODS: Final = "(?:[^/]+)"


def read_declared(text: str, name: str) -> tuple[Template, ...]:
    """Read a file of routes, whatever its kind: its content tells.

    Parameters
    ----------
    text : str
        Its content.
    name : str
        Its name, for messages.

    Returns
    -------
    tuple of Template
        In the order in which they are tried. Routes that match every path are left out: they tell
        no path from another.

    Raises
    ------
    ConfigurationError
        With the place and what is wrong.

    Examples
    --------
    >>> [route.text for route in read_declared("/users/{id}", "mine.txt")]
    ['/users/{id}']
    """
    lines = [line for line in text.splitlines() if line.strip()]
    significant = next((line.strip() for line in lines if not line.startswith("#")), "")
    if significant.startswith(("/", "~")) or (lines and lines[0].startswith(FIRST_LINE)):
        learned = bool(lines) and lines[0].startswith(FIRST_LINE)
        found = list(read_lines(text, name, learned=learned))
        if learned:
            found.sort(key=lambda template: template.exactness)
    else:
        found = _read_documents(text, name)
    distinct = {template.text: template for template in found if not template.is_everything}
    if not distinct:
        raise ConfigurationError(f"{name} declares no routes: {_EXPECTED}")
    return tuple(distinct.values())


@dataclass(frozen=True, slots=True)
class _At:
    """A value in a document, and where it stands."""

    value: object
    file: str
    path: str

    def __getitem__(self, key: str) -> _At:
        value = self.mapping.get(key)
        dot = "" if not self.path or self.path.endswith(" ") else "."
        return _At(value, self.file, f"{self.path}{dot}{key}")

    @property
    def mapping(self) -> Mapping[str, object]:
        if self.value is None:
            return {}
        if isinstance(self.value, Mapping):
            return self.value
        raise self.fault("expected a mapping")

    @property
    def items(self) -> list[_At]:
        if self.value is None:
            return []
        if isinstance(self.value, list):
            path = f"{self.path}[{{}}]"
            return [_At(one, self.file, path.format(i)) for i, one in enumerate(self.value)]
        raise self.fault("expected a list")

    def text(self, default: str = "") -> str:
        if self.value is None:
            return default
        if isinstance(self.value, str):
            return self.value
        raise self.fault("expected a string")

    def fault(self, message: str) -> ConfigurationError:
        return ConfigurationError(
            f"{self.file}: {self.path.rstrip(': ') or 'the document'}: {message}"
        )


def _read_documents(text: str, name: str) -> list[Template]:
    try:
        documents = load_documents(text)
    except FormatError as error:
        problem = error.problems[0]
        message = problem.message.removeprefix("this configuration is not YAML: ")
        raise ConfigurationError(f"{name} is neither templates nor YAML: {message}") from None
    objects = [_At(document, name, "") for document in documents]
    routes: list[Template] = []
    ranked: list[tuple[tuple[object, ...], Template]] = []
    for document in objects:
        for one in _unpack(document):
            kind = one["kind"].value
            if kind == "VirtualService":
                routes += _virtual_service(one)
            elif kind == "HTTPRoute":
                ranked += _http_route(one)
            elif kind == "GRPCRoute":
                ranked += _grpc_route(one)
            elif "openapi" in one.mapping or "swagger" in one.mapping:
                routes += _openapi(one)
    return routes + [template for _rank, template in sorted(ranked, key=lambda pair: pair[0])]


def _unpack(document: _At) -> Iterator[_At]:
    """Give the objects of a document: itself, or what a Kubernetes List holds."""
    if not isinstance(document.value, Mapping):
        raise ConfigurationError(f"{document.file} declares no routes: {_EXPECTED}")
    inner = document["items"].items if document["kind"].value == "List" else [document]
    for one in inner:
        name = one["metadata"]["name"].text() if one["kind"].value else ""
        yield _At(one.value, one.file, f"{one['kind'].text()}/{name}: " if name else "")


def _virtual_service(one: _At) -> Iterator[Template]:
    """Read the matches of an Istio VirtualService, in their order: the first that fits counts."""
    for route in one["spec"]["http"].items:
        for match in route["match"].items:
            uri = match["uri"]
            folded = "(?i)" if match["ignoreUriCase"].value is True else ""
            if exact := uri["exact"].text():
                yield _pattern(f"(?i){re.escape(exact)}", uri) if folded else _exact(exact)
            elif prefix := uri["prefix"].text():
                template = Template.prefix(prefix)
                pattern = f"{folded}{template.pattern}"
                yield Template(template.text, pattern=pattern) if prefix != "/" else _EVERYTHING
            elif regex := uri["regex"].text():
                yield _pattern(f"{folded}{regex}", uri["regex"])


def _http_route(one: _At) -> Iterator[tuple[tuple[object, ...], Template]]:
    """Read a Gateway API HTTPRoute. Exact paths come first, then patterns, then long prefixes."""
    for rule in one["spec"]["rules"].items:
        for match in rule["matches"].items:
            path = match["path"]
            value, kind = path["value"].text("/"), path["type"].text("PathPrefix")
            if kind == "Exact":
                yield (0, 0, value), _exact(value)
            elif kind == "RegularExpression":
                yield (1, 0, value), _pattern(value, path["value"])
            elif kind == "PathPrefix":
                base = _exact(value.rstrip("/"))
                rest = Template(f"{base.text}/**", (*base.segments, Segment(Kind.REST, "")))
                yield (2, -len(value), value), rest if value.strip("/") else _EVERYTHING
            else:
                raise path["type"].fault(f"no kind of match: {kind!r}")


def _grpc_route(one: _At) -> Iterator[tuple[tuple[object, ...], Template]]:
    for rule in one["spec"]["rules"].items:
        for match in rule["matches"].items:
            method = match["method"]
            service, name = method["service"].text(), method["method"].text()
            if not (service or name):
                continue
            if method["type"].text("Exact") == "RegularExpression":
                pattern = f"/{service or _METHODS}/{name or _METHODS}"
                yield (1, 0, pattern), _pattern(pattern, method)
            else:
                text = f"/{service or '*'}/{name or '*'}"
                yield (0 if service and name else 2, 0, text), Template.read(text)


def _openapi(one: _At) -> list[Template]:
    """Read the paths of an OpenAPI document, the most exact first, below each server's path."""
    swagger = "swagger" in one.mapping
    default = [one["basePath"].text()] if swagger else _servers(one["servers"])
    found = []
    for path, item in one["paths"].mapping.items():
        at = _At(item, one.file, f"paths.{path}")
        if not str(path).startswith("/"):
            if str(path).startswith("x-"):
                continue
            raise at.fault("a path starts with /")
        bases = _servers(at["servers"]) if at["servers"].value is not None else default
        for base in bases or [""]:
            text = re.split(r"[?#]", f"{base.rstrip('/')}{path}")[0]
            try:
                found.append(Template.read(text))
            except ValueError as error:
                raise at.fault(str(error)) from None
    return sorted(found, key=lambda template: template.exactness)


def _servers(servers: _At) -> list[str]:
    bases = []
    for server in servers.items:
        url = server["url"].text()
        for name, variable in server["variables"].mapping.items():
            at = _At(variable, servers.file, f"{server.path}.variables.{name}")
            url = url.replace(f"{{{name}}}", at["default"].text())
        try:
            bases.append(urlsplit(url).path)
        except ValueError:
            raise server["url"].fault(f"no URL: {url!r}") from None
    return list(dict.fromkeys(bases))


def _exact(path: str) -> Template:
    names = path.removeprefix("/").split("/")
    return Template(path, tuple(Segment(Kind.NAME, name) for name in names))


def _pattern(pattern: str, at: _At) -> Template:
    try:
        return Template(f"~ {pattern}", pattern=check_pattern(pattern))
    except ValueError as error:
        raise at.fault(str(error)) from None


_EVERYTHING: Final = Template("/**", pattern=".*")
