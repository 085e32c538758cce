from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from envoylog.errors import InputError, QueryError
from envoylog.questions.releases.canary import canary
from envoylog.questions.releases.weights import parse_weights, read_weights
from tests.questions.releases.lines import canary_traffic, cluster, log_of

LOGGED = frozenset({"path", "method", "authority", "user_agent"})

VIRTUAL_SERVICE = """
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - name: beta
    match: [{uri: {prefix: /a}, method: {exact: GET}}]
    route: [{destination: {host: shop, subset: v2}}]
  - route:
    - {destination: {host: shop, subset: v1}, weight: 90}
    - {destination: {host: shop, subset: v2}, weight: 10}
    mirror: {host: shop, subset: v3}
    mirrorPercentage: {value: 20}
"""

HTTP_ROUTE = """
kind: HTTPRoute
metadata: {name: shop}
spec:
  rules:
  - backendRefs: [{name: shop-v1, port: 80, weight: 3}, {name: shop-v2, port: 80}]
    filters:
    - {type: RequestMirror, requestMirror: {backendRef: {name: shop-v3}, percent: 5}}
  - matches: [{path: {type: PathPrefix, value: /a}}, {path: {type: Exact, value: /a/b}}]
    backendRefs: [{name: shop-v2, port: 80}]
"""


def written(path: Path, text: str) -> Path:
    file = path / "route.yaml"
    file.write_text(text)
    return file


def test_a_virtual_service(tmp_path: Path) -> None:
    beta, rest = read_weights(written(tmp_path, VIRTUAL_SERVICE), LOGGED)
    assert (beta.name, rest.name) == ("beta", "http[2]")
    assert (beta.weights, rest.weights) == ({"v2": 100}, {"v1": 90, "v2": 10})
    assert rest.mirrors == {"v3": 20}
    assert [value for _sql, value in beta.matches[0].conditions] == ["/a", "GET"]
    assert beta.matches[0].unseen == ()


def test_an_http_route_tries_the_most_specific_match_first(tmp_path: Path) -> None:
    rules = read_weights(written(tmp_path, HTTP_ROUTE), LOGGED)
    assert [rule.matches[0].conditions[0][1] for rule in rules[:2]] == ["/a/b", "/a/"]
    assert rules[2].matches[0].conditions == ()
    assert rules[2].weights == {"shop-v1": 3, "shop-v2": 1}
    assert rules[2].mirrors == {"shop-v3": 5}


def test_each_rule_is_tested_on_its_own_requests(tmp_path: Path) -> None:
    random = canary_traffic(3000, share=0.1)
    # /a is sent to v2 whatever is drawn, as the first rule says.
    frame = random.with_columns(
        upstream_cluster=pl.when(pl.col("path") == "/a")
        .then(pl.lit(cluster("v2")))
        .otherwise(pl.col("upstream_cluster"))
    )
    rules = read_weights(written(tmp_path, VIRTUAL_SERVICE), LOGGED)
    found = canary(log_of(tmp_path, frame), weights=rules)
    split = found.pl("split")
    own = frame.filter(pl.col("path") == "/a").height
    assert split.row(0)[:3] == ("beta", "v2", own)
    assert split.filter(rule="http[2]")["requests"].sum() == 3000 - own
    assert split.filter(rule="http[2]")["p_value"][0] > 0.01
    assert any("http[2] copies 20% of its requests to v3" in reason for reason in found.reasons)


def test_a_match_that_the_log_cannot_see_ends_the_test(tmp_path: Path) -> None:
    text = VIRTUAL_SERVICE.replace("uri: {prefix: /a}", "headers: {end-user: {exact: eve}}")
    rules = read_weights(written(tmp_path, text), LOGGED)
    found = canary(log_of(tmp_path, canary_traffic(300)), weights=rules)
    assert (
        "beta matches on header end-user, which the log lacks: it and the rules after it were "
        "not tested"
    ) in found.reasons


def test_the_name_of_the_route_tells_what_headers_hid(tmp_path: Path) -> None:
    text = VIRTUAL_SERVICE.replace("uri: {prefix: /a}", "headers: {end-user: {exact: eve}}")
    rules = read_weights(written(tmp_path, text), LOGGED)
    frame = canary_traffic(300).with_columns(
        route_name=pl.when(pl.col("path") == "/a").then(pl.lit("beta")).otherwise(pl.lit("rest"))
    )
    split = canary(log_of(tmp_path, frame), weights=rules).pl("split")
    own = frame.filter(pl.col("path") == "/a").height
    assert split.filter(rule="beta")["requests"].sum() == own


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("a: [", QueryError, "is not YAML at line 1"),
        ("kind: Service", QueryError, "expected one VirtualService or HTTPRoute, found none"),
        (f"{VIRTUAL_SERVICE}---{HTTP_ROUTE}", QueryError, "found several: shop, shop; keep one"),
        ("kind: VirtualService\nspec: {http: [{redirect: {uri: /}}]}", QueryError, "no rule of it"),
        (VIRTUAL_SERVICE.replace("weight: 90", "weight: lots"), QueryError, "'lots' is no weight"),
    ],
)
def test_bad_files(tmp_path: Path, text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_weights(written(tmp_path, text), LOGGED)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml cannot be read: No such file"):
        read_weights(tmp_path / "none.yaml", LOGGED)


@pytest.mark.parametrize("text", ["v1", "v1=", "=3", "v1=-1,v2=2", "v1=0,v2=0", "v1=x"])
def test_weights_that_are_typed_wrongly(text: str) -> None:
    with pytest.raises(QueryError, match="weights"):
        parse_weights(text)
