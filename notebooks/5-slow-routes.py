# %% [markdown]
# # Slow routes, and where the time goes
#
# "The API is slow." Which part of it, for whom, and is it the application, the network, or the gateway?

# %%
# %load_ext envoylog
import envoylog

envoylog.parse("../sample_logs/istio.log", format="istio", to="slow.parquet")
# log = %access slow.parquet

# %% [markdown]
# ## Which routes are slow, beyond doubt?
#
# A percentile of twenty requests is a matter of luck. `slow-routes` gives the p99 of a route with the interval
# in which it surely lies, and ranks by its lower end.

# %%
# %ask slow-routes

# %% [markdown]
# One route of sixty, and not even a p99: nothing else was asked for often enough to say anything about its
# slowest hundredth. That is an answer, too: whoever shows a p99 of each of these routes shows noise. So look at
# what a few dozen requests can carry, the median and the p90, of the requests that went well.

# %%
shape = log.sql("""
    select route, count(*) as requests,
           percentile(duration, 0.5) as p50, percentile(duration, 0.9) as p90
    from access
    where not is_probe and response_flags is null and upstream_host is not null
    group by route having count(*) >= 29 order by p90 desc, route
""")
frame = shape.df().set_index("route").iloc[:12][::-1]
ax = frame["p90"].plot.barh(figsize=(9, 4.5), color="#9dbbdc", label="p90")
frame["p50"].plot.barh(ax=ax, color="#3b6ea5", label="p50", xlabel="ms", ylabel="")
ax.set_title("One route stands apart: /v1/orders", loc="left")
ax.legend(frameon=False);
# %% [markdown]
# The others are much alike. Why orders? Requests that failed tell something about those that did not:

# %%
# %ask retries --limit 3

# %% [markdown]
# The cluster of the API has requests that ran out of retries, and all of them are of `/v1/orders` (notebook 2).
# Where some fail three times, others succeed at the second attempt, and take twice as long: the time of the
# first attempt is in theirs. This log cannot prove it, as `known_from` says: the format lacks
# `%UPSTREAM_REQUEST_ATTEMPT_COUNT%`. Notebook 7 shows how to add it.
#
# ## Durations that pile up are timeouts

# %%
# %ask timeouts

# %% [markdown]
# `/v1/reports` is missing in the picture above, because not one of its requests went well. It is not slow: it
# does not answer, and Envoy gives up for it. Beside it stands another route without a single answer:

# %% magic_args="--into endings" language="sql"
# select route, coalesce(response_flags, '-') as flags, count(*) as requests,
#        min(duration) as least_ms, max(duration) as most_ms
# from access
# where route in ('/v1/reports/{id}', '/v1/archive/{id}', '/v1/archive')
# group by all order by requests desc

# %% [markdown]
# From the archive the *clients* hang up (`DC`), all of them after some 125 ms. That is nobody's patience, but a
# timeout in the client's own program. What the archive would need, nobody knows.
#
# ## Where does the time go?
#
# Envoy logs how long the upstream took to its first byte (`upstream_service_time`) beside the whole
# duration. The difference is the gateway's own, and the transfer to the client.

# %%
# parts = %ask slow
parts

# %%
parts.plot();
# %% [markdown]
# Four fifths are work of the upstream, nearly all the rest is waiting for an upstream that never answers. Of
# the gateway is less than a hundredth: a bigger one would change nothing.
#
# ## Conclusion

# %%
timed_out = endings.pl().filter(flags="UT")
gone = endings.pl().filter(flags="DC")
gateway = parts.pl().filter(part="client upload + Envoy + client download")["share"].item()
print(f"{timed_out['requests'].sum()} reports, all of them, end within {timed_out['most_ms'].max()} ms.")
print(f"{gone['requests'].sum()} clients of the archive left after {gone['least_ms'].min()} ms or more.")
print(f"The gateway itself takes {gateway:.1%} of the time.")

# %% [markdown]
# Three things to repair, and none is "make the API faster": find out why reports never answer (a longer
# timeout would only make people wait longer), let the archive answer at once and deliver later, and count the
# attempts of orders.
