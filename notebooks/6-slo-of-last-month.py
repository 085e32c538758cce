# %% [markdown]
# # Last month's objective, and who spent the budget
#
# "99.9% of requests to the shop go well, over 30 days." Was it so? How much of the budget is left, and what
# did it go on?
#
# **About the data.** The sample logs span seconds, a month has 30 days. So this notebook *makes* a month out
# of real lines: the same ten seconds of the sample `release.log` stand in it every six hours, with their
# times moved and nothing else changed. Requests of v2, the new version, stand only where the story has it: on
# one day, three times. With logs of your own, leave the next cell out, and take last month's archive.

# %%
# %load_ext envoylog
from datetime import timedelta

import polars as pl

import envoylog

envoylog.parse(
    "../sample_logs/release.log", format="../sample_logs/release.format", to="release.parquet"
)
rows = pl.read_parquet("release.parquet")
stable = rows.filter(~pl.col("upstream_cluster").str.contains("|v2|", literal=True))
DAY, STEPS = 11, 4 * 30  # v2 was out on one day, 11 days ago; four slices a day


def slice_of(step: int) -> pl.DataFrame:
    """Give one slice of the month: the sample, moved back by so many times six hours."""
    released = 4 * DAY <= step < 4 * DAY + 3
    shifted = pl.col("start_time") - timedelta(hours=6 * step)
    return (rows if released else stable).with_columns(shifted)


month = pl.concat([slice_of(step) for step in reversed(range(STEPS))])
month.write_parquet("month.parquet")
# log = %access month.parquet

# %% [markdown]
# ## What was promised

# %%
objectives = """
period = "30d"

[[objective]]
name = "the shop answers"
kind = "availability"
target = 99.9
authority = "shop.example.com"

[[objective]]
name = "the shop is quick"
kind = "latency"
target = 95
threshold = "100ms"
authority = "shop.example.com"
"""
with open("slo.toml", "w") as file:
    file.write(objectives)

slo = log.slo("slo.toml")
slo.pl("objectives")

# %%
print(slo.verdict.upper())
for reason in slo.reasons:
    print("-", reason)

# %% [markdown]
# Met, so all is well? Look at `spent` of the first objective: most of what may go wrong in a month did.
#
# ## When was it spent?

# %%
spent = log.sql("""
    select time_bucket(interval '1 day', start_time) as day,
           count(*) filter (where error) as bad, count(*) as requests
    from access where authority = 'shop.example.com' and not client_gone
    group by all order by day
""")
budget = 0.001 * spent.pl()["requests"].sum()
daily = spent.df().set_index("day")
left = 100 * (1 - daily["bad"].cumsum() / budget)
ax = left.plot(figsize=(9, 3.5), drawstyle="steps-post", color="#3b6ea5", ylim=(0, 105))
ax.set_xlabel("")
ax.axhline(0, color="#b3403a", linewidth=1)
ax.set_ylabel("budget left [%]")
ax.set_title("One day spent most of the month's budget", loc="left");
# %% [markdown]
# ## Would somebody have been called?
#
# The alerts of Google's SRE Workbook watch how fast the budget burns, over a long window and a short one at
# once. These would have fired:

# %%
slo.pl("alerts")

# %% [markdown]
# ## On what did it go?

# %%
slo.pl("culprits").filter(objective="the shop answers")

# %% magic_args="--into versions" language="sql"
# select cluster_subset as version, count(*) as requests, count(*) filter (where error) as bad
# from access where authority = 'shop.example.com' group by all order by version

# %% [markdown]
# ## Conclusion

# %%
shop = slo.pl("objectives").row(0, named=True)
v2 = versions.pl().filter(version="v2").row(0, named=True)
print(f"Met: {shop['attainment']:.3%} good, {shop['target']:.1%} promised.")
print(f"{shop['bad']} bad requests, {shop['spent']:.0%} of the budget; {v2['bad']} of them v2's,")
print(f"which served {v2['requests'] / shop['events']:.1%} of the requests.")

# %% [markdown]
# The objective holds, and there is nothing left for another such day. What is left decides what may be
# risked: the next canary gets 5% of the traffic, not 30%, until the window has moved on.
