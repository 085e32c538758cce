"""Access-log formats inside configuration files: Istio, Envoy, and what is built on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from envoylog.errors import FormatError, Problem
from envoylog.format.carriers import envoy, gateways, istio, meshes
from envoylog.format.carriers.documents import read_documents
from envoylog.format.carriers.place import CarriedFormat, Place

__all__ = ["CarriedFormat", "find_formats"]


@dataclass(frozen=True, slots=True)
class _Carrier:
    """One product: how its configuration is recognised, and how its formats are read."""

    product: str
    recognise: Callable[[Place], bool]
    read: Callable[[Place], Iterator[CarriedFormat]]


_MESH, _TELEMETRY = "Istio MeshConfig", "Istio Telemetry"

# Every mapping at every depth is shown to every row, so an object is found wherever a list, a
# chart or a test case wraps it.
_CARRIERS = (
    _Carrier(_MESH, istio.is_mesh_config, istio.read_mesh_config),
    _Carrier(_TELEMETRY, istio.is_telemetry, istio.read_telemetry),
    _Carrier("Envoy", envoy.is_logger, envoy.read_logger),
    _Carrier("Envoy Gateway", gateways.is_envoy_proxy, gateways.read_envoy_proxy),
    _Carrier("Envoy Gateway", gateways.is_xds_ir, gateways.read_xds_ir),
    _Carrier("Contour", gateways.is_contour, gateways.read_contour),
    _Carrier("Gloo/kgateway", gateways.is_file_sink, gateways.read_file_sink),
    _Carrier("Emissary", gateways.is_emissary_module, gateways.read_emissary_module),
    _Carrier("Yggdrasil", gateways.is_yggdrasil, gateways.read_yggdrasil),
    _Carrier("Kuma", meshes.is_mesh_access_log, meshes.read_mesh_access_log),
    _Carrier("Kuma", meshes.is_kuma_mesh, meshes.read_kuma_mesh),
    _Carrier("Consul", meshes.is_proxy_defaults, meshes.read_proxy_defaults),
)

# Files in a ConfigMap that are read too: Istio's `mesh`, contour.yaml, envoy.yaml, bootstrap.json.
_FILES = ("mesh", ".yaml", ".yml", ".json")


def find_formats(text: str) -> tuple[CarriedFormat, ...]:
    r"""Find every access-log format in configuration text.

    Parameters
    ----------
    text : str
        YAML or JSON: Kubernetes resources, Envoy's bootstrap or dump, Helm values.

    Returns
    -------
    tuple of CarriedFormat
        In the order of the text; equal ones stay apart. Empty for text that carries none, such
        as a format string or a JSON dictionary of commands.

    Raises
    ------
    FormatError
        For a configuration file that is no YAML, or whose only formats cannot be read: they stand
        in another file, say. Where others can be read, their notes tell what was passed over.

    Examples
    --------
    >>> found = find_formats("accessLogFile: /dev/stdout\naccessLogFormat: '%PROTOCOL%'\n")
    >>> [(format.path, format.product, format.source) for format in found]
    [('accessLogFormat', 'Istio MeshConfig', '%PROTOCOL%\n')]
    >>> find_formats("%PROTOCOL% %DURATION%")
    ()
    """
    search = _Search()
    documents = read_documents(text)
    for number, document in enumerate(documents, 1):
        search.walk(document, prefix=_title(document, number) if len(documents) > 1 else "")
    found, problems = search.found, [*search.problems, *search.pointers]
    if any(carried.product == _MESH for carried in found):
        # The mesh configuration that a Telemetry points to is here, and tells the truth.
        found = [carried for carried in found if carried.product != _TELEMETRY]
        problems = search.problems
    if problems and not found:
        raise FormatError(problems)
    skipped = tuple(
        f"another format of this file was passed over: {problem.text}: {problem.message}"
        for problem in problems
    )
    return tuple(replace(carried, notes=carried.notes + skipped) for carried in found)


@dataclass(slots=True)
class _Search:
    """What was found on a walk, what could not be read, and what only points elsewhere."""

    found: list[CarriedFormat] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    pointers: list[Problem] = field(default_factory=list)

    def walk(self, document: object, prefix: str) -> None:
        if not isinstance(document, dict):
            return
        for place in _places(document, (), Place({}, root=True)):
            self._read(place, prefix)
            for path, file in _files(place):
                try:
                    documents = read_documents(file)
                except FormatError as error:
                    self.problems += error.problems
                    continue
                above = replace(place, root=True)
                for inner in documents:
                    for inner_place in _places(inner, path, above):
                        self._read(inner_place, prefix)

    def _read(self, place: Place, prefix: str) -> None:
        for carrier in _CARRIERS:
            if not carrier.recognise(place):
                continue
            product = "EnvoyFilter" if place.kind == "EnvoyFilter" else carrier.product
            try:
                self.found += [
                    replace(carried, product=product, path=prefix + carried.path)
                    for carried in carrier.read(place)
                ]
            except FormatError as error:
                kept = self.pointers if product == _TELEMETRY else self.problems
                kept += error.problems


def _places(node: object, path: tuple[str | int, ...], above: Place) -> Iterator[Place]:
    """Walk to every mapping, outermost first; the first is a root if the one above it is."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            if isinstance(item, (dict, list)):
                yield from _places(item, (*path, index), above)
    elif isinstance(node, dict):
        place = _place(node, path, above)
        yield place
        inside = replace(place, root=False) if place.root else place
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                yield from _places(value, (*path, str(key)), inside)


def _place(node: dict[str, object], path: tuple[str | int, ...], above: Place) -> Place:
    kind, name, object_name = above.kind, above.name, above.object_name
    if isinstance(node.get("kind"), str) and isinstance(node.get("apiVersion"), str):
        kind, name, object_name = str(node["kind"]), "", _object_name(node)
    own = node.get("name")
    if not name and isinstance(own, str) and not own.startswith("envoy."):
        name = own
    return Place(node, path, kind, name, object_name, above.root)


def _files(place: Place) -> Iterator[tuple[tuple[str | int, ...], str]]:
    data = place.node.get("data")
    # A patch, or what a guide shows, may leave the kind out.
    if place.node.get("kind", "ConfigMap") != "ConfigMap" or not isinstance(data, Mapping):
        return
    for name, file in data.items():
        if isinstance(file, str) and str(name).endswith(_FILES):
            yield (*place.path, "data", str(name)), file


def _object_name(node: Mapping[str, object]) -> str:
    metadata = node.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else node.get("name")
    return name if isinstance(name, str) else ""


def _title(document: object, number: int) -> str:
    if isinstance(document, Mapping):
        kind = document.get("kind") or document.get("type")
        if isinstance(kind, str):
            return "/".join(word for word in (kind, _object_name(document)) if word) + ": "
    return f"document {number}: "
