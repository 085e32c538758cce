# %% [markdown]
# # From polars or pandas, without DuckDB
#
# You have a pipeline of your own, in polars or pandas, and want typed rows and nothing else: no database, no
# magics. `scan` gives a LazyFrame of any log, and `.envoy` adds what one needs to know of the traffic.

# %%
import sys

import polars as pl

import envoylog

rows = envoylog.scan("../sample_logs/istio.log", format="istio")
rows.collect_schema()

# %% [markdown]
# Nothing was read yet. What is filtered and selected is pushed down to the reading of lines; here only the
# fields that matter are cut out of each.

# %%
(
    rows.filter(pl.col("response_code") >= 500)
    .group_by("upstream_cluster")
    .agg(pl.len().alias("errors"), pl.col("duration").median().alias("median_ms"))
    .sort("errors", descending=True)
    .collect()
)

# %% [markdown]
# ## What the log does not say by itself
#
# Who the client is, which route a path belongs to, what went wrong: three methods, still lazy.

# %%
known = rows.envoy.client_ip(trusted_hops=1).envoy.route().envoy.verdict()
failing = (
    known.filter(pl.col("side").is_in(["platform", "application"]))
    .group_by("side", "verdict", "route")
    .agg(pl.len().alias("requests"), pl.col("client_ip").n_unique().alias("clients"))
    .sort("requests", "route", descending=[True, False])
    .collect()
)
failing.head(8)

# %% [markdown]
# The three cost little, as each value is worked out once: a log has many lines, and few different paths,
# chains of addresses, and combinations of code and flags.

# %%
known.select(
    pl.len().alias("rows"),
    pl.col("path").n_unique().alias("paths"),
    pl.col("route").n_unique().alias("routes"),
    pl.col("x_forwarded_for").n_unique().alias("chains"),
    pl.col("verdict").n_unique().alias("verdicts"),
).collect()

# %% [markdown]
# ## On to pandas
#
# A small table goes to pandas and to whatever draws there.

# %%
frame = failing.to_pandas()
wide = frame.pivot_table(index="verdict", columns="side", values="requests", aggfunc="sum")
ax = wide.loc[wide.sum(axis=1).sort_values().index].plot.barh(
    stacked=True, figsize=(9, 3.5), xlabel="requests", ylabel="", color=["#3b6ea5", "#d08c3f"]
)
ax.set_title("Whose fault it is, without a database", loc="left")
ax.legend(frameon=False, title=None);
# %% [markdown]
# ## Latency by route, with care
#
# A percentile of few values is luck; thirty are the least for a p90.

# %%
(
    known.filter(pl.col("verdict") == "answered")
    .group_by("route")
    .agg(
        pl.len().alias("requests"),
        pl.col("duration").quantile(0.5, "nearest").alias("p50"),
        pl.col("duration").quantile(0.9, "nearest").alias("p90"),
    )
    .filter(pl.col("requests") >= 30)
    .sort("p90", descending=True)
    .head(5)
    .collect()
)

# %% [markdown]
# ## Conclusion

# %%
totals = dict(failing.group_by("side").agg(pl.col("requests").sum()).iter_rows())
print(f"platform {totals['platform']}, application {totals['application']}")
print("DuckDB was loaded:", "duckdb" in sys.modules)

# %% [markdown]
# The numbers are those of notebook 1 and 2, which asked the view `access`: the columns are the same, whichever
# way one comes to them. Take `.envoy` for a pipeline, and questions for answers.
