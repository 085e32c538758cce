"""Routes in files: what they mean, and what is said of bad ones."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest

from envoylog.enrich.routes.declared import read_declared
from envoylog.enrich.routes.match import Routes
from envoylog.enrich.routes.saved import read_learned, write_learned
from envoylog.enrich.routes.targets import OTHER
from envoylog.errors import ConfigurationError

VIRTUAL_SERVICE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: bookinfo}
spec:
  hosts: [bookinfo.example]
  http:
  - match:
    - uri: {exact: /productpage}
    - uri: {prefix: /static}
    - headers: {x-canary: {exact: "1"}}
    - uri: {regex: "/api/v[0-9]+/products(/.*)?"}
    - uri: {exact: /Login}
      ignoreUriCase: true
    - uri: {prefix: /api/v1/}
  - route: [{destination: {host: reviews}}]
  - match: [{uri: {prefix: /}}]
---
apiVersion: v1
kind: Service
metadata: {name: reviews}
"""

HTTP_ROUTE = """\
apiVersion: gateway.networking.k8s.io/v1
kind: List
items:
- kind: HTTPRoute
  metadata: {name: shop}
  spec:
    rules:
    - matches:
      - path: {type: PathPrefix, value: /}
      - path: {type: PathPrefix, value: /cart}
      - path: {type: PathPrefix, value: /cart/items}
      - path: {type: Exact, value: /cart/items/new}
      - path: {type: RegularExpression, value: "/cart/[0-9]+"}
      - headers: [{name: x, value: y}]
- kind: GRPCRoute
  metadata: {name: pay}
  spec:
    rules:
    - matches:
      - method: {service: pay.v1.Pay, method: Charge}
      - method: {service: pay.v1.Pay}
      - method: {type: RegularExpression, service: "ship[.].*"}
"""

OPENAPI = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
servers:
- url: https://api.example.com/{base}
  variables: {base: {default: v2}}
paths:
  /users/{userId}: {get: {responses: {}}}
  /users/me: {get: {responses: {}}}
  /files/{name}.pdf: {get: {responses: {}}}
  /jobs/{job}:cancel: {post: {responses: {}}}
  /status:
    servers: [{url: /}]
"""

SWAGGER = json.dumps({"swagger": "2.0", "basePath": "/v1", "paths": {"/pets/{petId}": {}}})


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("# mine\n/users/{id}\n\n~ /v[0-9]+/.*\n/**\n", ["/users/{id}", "~ /v[0-9]+/.*"]),
        (VIRTUAL_SERVICE, ["/productpage", "/static**", "~ /api/v[0-9]+/products(/.*)?", "~ (?i)/Login", "/api/v1/**"]),
        (HTTP_ROUTE, ["/cart/items/new", "/pay.v1.Pay/Charge", "~ /cart/[0-9]+", "~ /ship[.].*/(?:[^/]+)", "/cart/items/**", "/cart/**", "/pay.v1.Pay/*"]),
        (OPENAPI, ["/status", "/v2/files/{name}.pdf", "/v2/jobs/{job}:cancel", "/v2/users/me", "/v2/users/{userId}"]),
        (SWAGGER, ["/v1/pets/{petId}"]),
    ],
    ids=["text", "VirtualService", "Gateway API", "OpenAPI", "Swagger"],
)  # fmt: skip
def test_what_files_declare(text: str, routes: list[str]) -> None:
    assert [template.text for template in read_declared(text, "file")] == routes


@pytest.mark.parametrize(
    ("text", "target", "route"),
    [
        (VIRTUAL_SERVICE, "/productpage?u=1", "/productpage"),
        (VIRTUAL_SERVICE, "/productpage/", OTHER),
        (VIRTUAL_SERVICE, "/staticfiles/a.css", "/static**"),
        (VIRTUAL_SERVICE, "/api/v1/products/1", "~ /api/v[0-9]+/products(/.*)?"),
        (VIRTUAL_SERVICE, "/api/v1/carts", "/api/v1/**"),
        (VIRTUAL_SERVICE, "/login", "~ (?i)/Login"),
        (HTTP_ROUTE, "/cart/items/new", "/cart/items/new"),
        (HTTP_ROUTE, "/cart/items", "/cart/items/**"),
        (HTTP_ROUTE, "/cart/items/7", "/cart/items/**"),
        (HTTP_ROUTE, "/cart/7", "~ /cart/[0-9]+"),
        (HTTP_ROUTE, "/cart", "/cart/**"),
        (HTTP_ROUTE, "/carts", OTHER),
        (HTTP_ROUTE, "/pay.v1.Pay/Charge", "/pay.v1.Pay/Charge"),
        (HTTP_ROUTE, "/pay.v1.Pay/Refund", "/pay.v1.Pay/*"),
        (HTTP_ROUTE, "/ship.v1.Ship/Send", "~ /ship[.].*/(?:[^/]+)"),
        (OPENAPI, "/v2/users/me", "/v2/users/me"),
        (OPENAPI, "/v2/users/ada", "/v2/users/{userId}"),
        (OPENAPI, "/v2/files/a.b.pdf", "/v2/files/{name}.pdf"),
        (OPENAPI, "/v2/jobs/7:cancel", "/v2/jobs/{job}:cancel"),
        (OPENAPI, "/status", "/status"),
        (OPENAPI, "/users/me", OTHER),
        (SWAGGER, "/v1/pets/7", "/v1/pets/{petId}"),
    ],
)
def test_what_they_match(text: str, target: str, route: str) -> None:
    routes = Routes(declared=read_declared(text, "file"))
    assert routes.route(pl.Series([target])).item() == route


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f declares no routes: expected path templates, one on a line, or"),
        ("hello", "f declares no routes: expected"),
        ("[1, 2]", "f declares no routes: expected"),
        ("kind: Service\nmetadata: {name: x}", "f declares no routes: expected"),
        ("/**", "f declares no routes: expected"),
        ("/a\nb", "f, line 2: a template starts with / or ~, and this is 'b'"),
        ("/a\n/{b", "f, line 2: the braces of '{b' do not pair"),
        ("~ /a(b", "f, line 1: '/a(b' is no pattern: unclosed group"),
        ("a: [1\nb: 2", "f is neither templates nor YAML: line 2, column 2: did not find"),
        ('{"openapi": "3.0.0", ', "f is neither templates nor YAML: line 2"),
        ("kind: VirtualService\nmetadata: {name: x}\nspec: {http: {}}", "f: VirtualService/x: spec.http: expected a list"),
        ("kind: VirtualService\nspec: {http: [{match: [{uri: {exact: 7}}]}]}", "f: spec.http[0].match[0].uri.exact: expected a string"),
        ("kind: VirtualService\nspec: {http: [{match: [{uri: {regex: '('}}]}]}", "f: spec.http[0].match[0].uri.regex: '(' is no pattern"),
        ("kind: HTTPRoute\nspec: {rules: [{matches: [{path: {type: Glob, value: /a}}]}]}", "f: spec.rules[0].matches[0].path.type: no kind of match: 'Glob'"),
        ("openapi: 3.0.0\npaths: {users: {}}", "f: paths.users: a path starts with /"),
        ("openapi: 3.0.0\npaths: []", "f: paths: expected a mapping"),
        ("openapi: 3.0.0\nservers: [{url: 'http://[x/'}]\npaths: {/a: {}}", "f: servers[0].url: no URL"),
    ],
)  # fmt: skip
def test_bad_files(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)) as raised:
        read_declared(text, "f")
    assert "\n" not in str(raised.value)


def test_the_saved_file_reads_as_it_was_written() -> None:
    learned = ("/", "/users/{id}", "/css/**.css", "/café", "/a/")
    text = write_learned(learned)
    assert set(read_learned(text, "f")) == set(learned)
    assert "{uuid}" in text  # what the placeholders mean stands in the file


def test_a_saved_file_can_be_declared_elsewhere() -> None:
    """Its placeholders keep their classes there, which those of hand-written lists do not have."""
    declared = read_declared(write_learned(("/users/{id}", "/users/new")), "f")
    routes = Routes(declared=declared)
    targets = pl.Series(["/users/7", "/users/new", "/users/ada"])
    assert routes.route(targets).to_list() == ["/users/{id}", "/users/new", OTHER]


def test_a_saved_file_with_a_fault_tells_the_line() -> None:
    with pytest.raises(ConfigurationError, match=r"out\.routes\.txt, line 2: a template starts"):
        read_learned("/a\nusers\n", "out.routes.txt")
    with pytest.raises(ConfigurationError, match=r"'/a\*\*' is a pattern"):
        read_learned("/a**\n", "out.routes.txt")
