# %% [markdown]
# # Is the canary worse?
#
# A second version of the shop takes 30% of the traffic. On the dashboard two curves wobble around each
# other. Should it go to 100%, or back to nothing?

# %%
# %load_ext envoylog
import envoylog

envoylog.parse(
    "../sample_logs/release.log", format="../sample_logs/release.format", to="release.parquet"
)
# log = %access release.parquet

# %% [markdown]
# ## The verdict
#
# Versions are told by the subset in the name of the cluster. `canary` compares errors and latencies route
# by route and minute by minute, so that a version that gets more of a slow route is not blamed for it, and
# it says how surely.

# %%
canary = log.canary(authority="shop.example.com", weights={"v1": 70, "v2": 30})
print(canary.verdict.upper())
for reason in canary.reasons:
    print("-", reason)

# %% [markdown]
# ## The evidence
#
# First: did v2 get what it was to get? A canary that is served by another kind of request proves nothing.

# %%
canary.plot("split");
# %% [markdown]
# It did, but for chance. Now the latencies: by how much v2 is above v1, with the interval in which the truth
# lies. Shaded is what would not matter.

# %%
canary.plot("quantiles");
# %% [markdown]
# v2 is slower at the median already, not in the tail alone: this is more work for each request, not now and
# then a pause. And the errors?

# %%
canary.plot("routes");
# %%
import polars as pl

routes = canary.pl("routes")
routes.select("route", "quantity", "baseline", "candidate", "requests", "verdict")

# %% [markdown]
# All errors are on one route. What do they have in common, as far as the log tells?

# %% magic_args="--into checkout" language="sql"
# select cluster_subset as version, response_code, response_code_details, count(*) as requests
# from access
# where authority = 'shop.example.com' and route = '/checkout'
# group by all order by version, requests desc

# %% [markdown]
# The application says 500 itself (`via_upstream`), and v1 never does: a fault of the new code, not of the
# network.
#
# ## How soon could we have known?
#
# Ask again with only the first part of the data. (Each look is a chance of a false alarm of its own; here
# it is hindsight.)

# %%
first, newest = log.ends
looks = []
for share in (0.05, 0.1, 0.2, 0.4, 0.7, 1.0):
    until = first + share * (newest - first)
    look = log.canary(authority="shop.example.com", until=until)
    looks.append((f"{share:.0%}", look.basis.requests, look.verdict))
pl.DataFrame(looks, schema=["of the data", "requests", "verdict"], orient="row")

# %% [markdown]
# ## Conclusion

# %%
bad = checkout.pl().filter(version="v2", response_code=500)["requests"].item()
all_of_v2 = checkout.pl().filter(version="v2")["requests"].sum()
enough = next(requests for _share, requests, verdict in looks if verdict == "worse")
print(f"v2 is worse: it fails {bad} of {all_of_v2} checkouts, and is slower on every route.")
print(f"{enough} requests were enough to know.")

# %% [markdown]
# Back to nothing, and the failing checkouts to whoever wrote v2. All requests after those only cost carts:
# their question had been answered.
