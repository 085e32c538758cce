"""Path templates: what is learned from which paths, and what stays when paths are added."""

from __future__ import annotations

import random
import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import envoylog
from envoylog.enrich.routes.learn import Limits
from envoylog.enrich.routes.match import Routes
from envoylog.enrich.routes.requested import Requested
from envoylog.enrich.routes.segments import label
from envoylog.enrich.routes.targets import AUTHORITY, OTHER
from envoylog.enrich.routes.templates import Template
from tests.conftest import ROOT

UUID = "7b0c3f5e-2d44-4f5b-9d3c-0a1b2c3d4e5f"
WORDS = [a + b + c for a in "bdfgklmnprst" for b in "aeiou" for c in "bdfgklmnprst"]  # 720


def learned(*paths: str, **limits: int) -> list[str]:
    return list(Routes().learn(pl.Series(paths), limits=Limits(**limits)).learned)


@pytest.mark.parametrize(
    ("paths", "templates"),
    [
        (["/"], ["/"]),
        (["/users/1", "/users/2"], ["/users/{id}"]),
        (["/users/1", f"/users/{UUID}"], ["/users/{id}", "/users/{uuid}"]),
        ([f"/users/7/orders/{UUID}"], ["/users/{id}/orders/{uuid}"]),
        (["/v1/users", "/v2/users"], ["/v1/users", "/v2/users"]),
        (["/a", "/a/"], ["/a", "/a/"]),
        (["/a?x=1", "/a?x=2", "//a", "/a;s=1", "http://h.example/a"], ["/a"]),
        (["/en/shop", "/de/shop"], ["/de/shop", "/en/shop"]),
        (["/en/shop", "/de/shop", "/fr/shop"], ["/{locale}/shop"]),
        (["/a/2026/11/24/day", "/a/2025/01"], ["/a/{year}/{month}", "/a/{year}/{month}/{day}/day"]),
        (["/css/a.css", "/css/b/c.1f.css", "/css/c.js"], ["/css/**.css", "/css/**.js"]),
        (["/favicon.ico"], ["/**.ico"]),
        (["/export/1.csv", "/export/2.csv"], ["/export/{id}.csv"]),
        (["/shop.v1.Orders/Get", "/a.B/C"], ["/a.B/C", "/shop.v1.Orders/Get"]),
        (["*", "h.example:443", "rubbish"], []),
        (["/../../etc/passwd", "/a/%00", "/x/" + "y/" * 40, "/<script>"], []),
        (["/caf%C3%A9", "/café"], ["/café"]),
        (["/files/a%2Fb", "/files/c%20d"], ["/files/{slug}"]),
    ],
)  # fmt: skip
def test_learned(paths: list[str], templates: list[str]) -> None:
    assert learned(*paths) == templates


def test_a_place_with_many_names_holds_values() -> None:
    """100 names stay, 101 are values; what lies below them is one."""
    assert len(learned(*(f"/shop/{word}/reviews" for word in WORDS[:100]))) == 100
    assert learned(*(f"/shop/{word}/reviews" for word in WORDS[:101])) == ["/shop/{slug}/reviews"]


def test_methods_of_grpc_are_no_values() -> None:
    """150 services of 2 methods, and 150 methods of one service, beside a crowd of other names."""
    names = [word.capitalize() for word in WORDS[:150]]
    services = [f"/shop.v1.{name}/{method}" for name in names for method in ("Get", "List")]
    methods = [f"/shop.v1.Orders/{name}" for name in names]
    others = [f"/{word}" for word in WORDS[:101]]
    assert learned(*services, *methods, *others) == sorted([*services, *methods, "/{slug}"])


def test_long_names_of_grpc_methods_are_no_texts() -> None:
    methods = [f"/a.B/{word.capitalize()}InventoryReservationOfACustomer" for word in WORDS[:30]]
    assert learned(*methods) == sorted(methods)


@pytest.mark.parametrize(
    "path", ["/index.php/{}", "/a.b/{}", "/Greeter/{}", "/a.B/{}/more", "/a-b.C/{}"]
)
def test_what_only_looks_like_grpc_is_cut_as_ever(path: str) -> None:
    found = learned(*(path.format(word) for word in WORDS[:101]))
    assert found == [path.format("{slug}")]


def test_calls_that_nobody_offers_do_not_explode() -> None:
    """A scanner makes up 501 methods: more than any service has."""
    assert learned(*(f"/a.B/{word.capitalize()}" for word in WORDS[:500])) != ["/a.B/{slug}"]
    assert learned(*(f"/a.B/{word.capitalize()}" for word in WORDS[:501])) == ["/a.B/{slug}"]


def test_texts_are_values_sooner_than_words() -> None:
    texts = [f"/blog/{a}-{b}-and-more" for a, b in zip(WORDS[:21], WORDS[30:51], strict=True)]
    assert len(learned(*texts[:20])) == 20
    assert learned(*texts, "/blog/archive") == ["/blog/archive", "/blog/{slug}"]


def test_what_stands_out_stays_among_rubbish() -> None:
    """600 scanned names with one request each, and a login page with 30: 30 times the median."""
    paths = pl.Series([*(f"/{word}.php" for word in WORDS[:600]), "/login", "/rare"])
    counts = pl.Series([1] * 600 + [30, 29])
    assert Routes().learn(paths, counts).learned == ("/login", "/{slug}")


def test_rubbish_does_not_explode() -> None:
    rng = random.Random(7)  # noqa: S311
    paths = ["/" + "/".join(rng.choices(WORDS, k=rng.randint(1, 6))) for _ in range(20_000)]
    routes = Routes().learn(pl.Series(paths))
    assert routes.learned == tuple("/{slug}" * depth for depth in range(1, 7))


def test_the_bound_drops_the_rarest() -> None:
    paths, counts = pl.Series(["/a", "/b", "/c", "/d"]), pl.Series([5, 1, 7, 1])
    routes = Routes().learn(paths, counts, Limits(templates=3))
    assert routes.learned == ("/a", "/b", "/c")
    assert routes.route(pl.Series(["/d"])).to_list() == [OTHER]
    assert routes.learn(paths, counts, Limits(templates=3)) == routes


def test_targets_laid_out_once_are_learned_from_and_routed() -> None:
    """What is no path is nothing to learn from, though it is laid out beside paths."""
    targets = ["/users/1?x", "http://h/users/1", "*", "host:443", None, "/login", "x/y", "/users/2"]
    requested = Requested.of(pl.Series(targets), pl.Series(range(8)))
    counts = dict(zip(requested.bare, requested.requests, strict=True))
    assert counts == {
        "/users/1": 1, "*": 2, "host:443": 3, "/login": 5, "x/y": 6, "/users/2": 7,
    }  # fmt: skip
    routes = Routes().learn(requested)
    assert routes.learned == ("/login", "/users/{id}")
    assert routes.route(requested).to_list() == [
        "/users/{id}", "/users/{id}", "*", AUTHORITY, None, "/login", OTHER, "/users/{id}",
    ]  # fmt: skip


def test_what_is_known_stays_and_shapes_what_comes() -> None:
    routes = Routes(learned=("/shop/{slug}", "/users/{name}", "/{locale}/shop", "/old"))
    more = routes.learn(pl.Series(["/shop/hat/reviews", "/users/ada/orders", "/fr/cart", "/old/x"]))
    assert set(more.learned) - set(routes.learned) == {
        "/shop/{slug}/reviews", "/users/{name}/orders", "/{locale}/cart", "/old/x",
    }  # fmt: skip


def test_day_after_day_of_rubbish_fills_a_place_only_once() -> None:
    routes = Routes()
    for day in range(14):
        routes = routes.learn(pl.Series([f"/{word}" for word in WORDS[day * 50 : day * 50 + 50]]))
    assert len(routes.learned) == 101  # 100 names of two days, then `/{slug}`
    assert "/{slug}" in routes.learned


@pytest.mark.parametrize(
    ("target", "route"),
    [
        ("/users/7?full=1", "/users/{id}"),
        ("/users/new", "/users/new"),
        ("/users/ada", "/users/{slug}"),
        (f"/users/{UUID}", "/users/{slug}"),
        ("/users/", OTHER),
        ("/users", OTHER),
        ("/users/7/x", OTHER),
        ("/files/7.pdf", "/files/{id}.pdf"),
        ("/files/x.pdf", OTHER),
        ("/js/a/b/c.js", "/js/**.js"),
        ("/js/c.css", OTHER),
        ("/js.js", OTHER),
        ("/api", "/api/**"),
        ("/api/", "/api/**"),
        ("/api/x/y", "/api/**"),
        ("/api/" + "x/" * 50, "/api/**"),
        ("/apis", OTHER),
        ("/fr/shop", "/{locale}/shop"),
        ("/v7/x", "/{version}/x"),
        ("*", "*"),
        ("h.example:443", AUTHORITY),
        ("rubbish", OTHER),
        ("", OTHER),
        (None, None),
    ],
)
def test_routes_of_learned_templates(target: str | None, route: str | None) -> None:
    routes = Routes(
        learned=(
            "/users/{id}", "/users/new", "/users/{slug}", "/files/{id}.pdf", "/js/**.js",
            "/api/**", "/{locale}/shop", "/{version}/x",
        )
    )  # fmt: skip
    assert routes.route(pl.Series([target], dtype=pl.String)).to_list() == [route]


@pytest.mark.parametrize(
    ("target", "route"),
    [
        ("/users/anything", "/users/{id}"),  # where people write, a name is only a name
        ("/users/", "/learned/or/not"),
        ("/files/report.pdf", "/files/{name}.pdf"),
        ("/files/.pdf", "/learned/or/not"),
        ("/a/b/c/d", "/a/*/**"),
        ("/a/b", "/a/*/**"),
        ("/a", "/learned/or/not"),
        ("/pre", "/pre**"),
        ("/prefix/x", "/pre**"),
        ("/orders/12;v=1?x", "~ /orders/[0-9;v=]+"),
        ("/orders/12/x", "/learned/or/not"),
    ],
)
def test_routes_of_declared_templates(target: str, route: str) -> None:
    given_ = ("/users/{id}", "/files/{name}.pdf", "/a/*/**", "/pre**", "~ /orders/[0-9;v=]+")
    routes = Routes(declared=tuple(map(Template.read, given_)))
    found = routes.route(pl.Series([target])).item()
    assert found == (OTHER if route == "/learned/or/not" else route)


def test_declared_comes_first_and_the_first_of_them_counts() -> None:
    declared = tuple(map(Template.read, ("~/u.*s/1", "/users/*", "/users/1")))
    routes = Routes(declared, learned=("/users/2",))
    found = routes.route(pl.Series(["/users/1", "/users/2"])).to_list()
    assert found == ["~/u.*s/1", "/users/*"]
    assert routes.learn(pl.Series(["/users/1", "/x"])).learned == ("/users/2", "/x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("users", "starts with / or ~"),
        ("/a/**/b", r"\*\* stands at the end"),
        ("/a/{b", "do not pair"),
        ("/a/b}", "do not pair"),
    ],
)
def test_bad_templates(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Template.read(text)


def segments_of(path: str) -> list[str]:
    """Cut a path in another way than the code does."""
    bare = re.sub("/+", "/", re.split(r"[?#]", path)[0])
    day = r"/(19|20)\d\d/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])(?=/|$)"
    dated = re.sub(day, "/{year}/{month}/{day}", bare, count=1)
    dated = re.sub(r"/(19|20)\d\d/(0[1-9]|1[0-2])(?=/|$)", "/{year}/{month}", dated, count=1)
    return dated[1:].split("/")


def facts_of(paths: list[str]) -> dict[str, dict[str, object]]:
    distinct = pl.Series(sorted({segment for path in paths for segment in segments_of(path)}))
    return {row["raw"]: row for row in label(distinct).iter_rows(named=True)}


def fits(template: str, path: str, facts: dict[str, dict[str, object]]) -> bool:
    """Tell whether a path fits a learned template, segment by segment."""
    wanted, segments = template.split("/")[1:], segments_of(path)
    if wanted[-1].startswith("**."):
        return path.lower().endswith(wanted[-1][2:])
    return len(wanted) == len(segments) and all(
        want in {facts[s]["text"], facts[s]["label"]}
        or (want == "{slug}" and s != "")
        or (want == "{locale}" and facts[s]["language"] is True)
        or (want == "{version}" and facts[s]["fixed"] is True)
        for want, s in zip(wanted, segments, strict=True)
    )


SEGMENTS = st.one_of(
    st.sampled_from(["users", "v1", "en", "de", "fr", "1", "2026", "11", UUID, "", "a.css"]),
    st.sampled_from(WORDS[:130]),
    st.text(st.characters(codec="utf-8", exclude_characters="?#;/{}*"), max_size=6),
)  # fmt: skip
PATHS = st.lists(
    st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts)),
    min_size=1,
    max_size=150,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(PATHS)
def test_every_path_has_one_template_and_fits_it(paths: list[str]) -> None:
    targets, facts = pl.Series(paths), facts_of(paths)
    routes = Routes().learn(targets)
    for path, route in zip(paths, routes.route(targets), strict=True):
        if route != OTHER:
            assert route in routes.learned
            assert fits(route, path, facts), (path, route)
        else:
            assert any(facts[segment]["garbage"] for segment in segments_of(path)), path


@settings(max_examples=15, deadline=None)
@given(PATHS, PATHS, st.randoms(use_true_random=False))
def test_stable(first: list[str], second: list[str], rng: random.Random) -> None:
    """The order changes nothing, once more changes nothing, and more paths only add."""
    routes = Routes().learn(pl.Series(first))
    assert Routes().learn(pl.Series(rng.sample(first, len(first)))) == routes
    assert routes.learn(pl.Series(first)) == routes
    assert set(routes.learned) <= set(routes.learn(pl.Series(first + second)).learned)


def test_routes_of_the_sample_log() -> None:
    """The traffic generator knows its own templates; those with few words stay apart."""
    paths = envoylog.scan(ROOT / "sample_logs/envoy.log", format="envoy").collect()["path"]
    routes = Routes().learn(paths).learned
    expected = {
        "/", "/catalog", "/catalog/{id}", "/catalog/{id}/reviews", "/search", "/café/menü/{id}",
        "/cart/{uuid}", "/cart/{uuid}/items", "/cart/{uuid}/items/{id}", "/checkout", "/healthz",
        "/v1/users/{id}", "/v1/users/{id}/orders", "/v1/sessions/{uuid}", "/v1/export/{id}.csv",
        "/v1/files/{slug}/{id}.pdf", "/css/**.css", "/js/**.js", "/img/**.png", "/video/**.mp4",
    }  # fmt: skip
    assert expected <= set(routes)
    assert sum(route.startswith("/v1/stock/") for route in routes) == 8
    assert not any("cgi-bin" in route for route in routes)
