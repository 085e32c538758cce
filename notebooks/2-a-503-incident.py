# %% [markdown]
# # A 503 incident, step by step
#
# `503 Service Unavailable` is what a gateway says when it has nothing better to say. One dashboard line
# goes up, and behind it may be five different things. This is how to tell them apart.

# %%
# %load_ext envoylog
import envoylog

envoylog.parse("../sample_logs/istio.log", format="istio", to="incident.parquet")
# log = %access incident.parquet

# %% [markdown]
# ## 1. Who said 503?
#
# The application, or Envoy on its behalf? That halves the search. Envoy sets a flag when it answers
# itself; what the application answered has none, or `URX` when Envoy tried again and gave up.

# %%
# %ask unavailable

# %% [markdown]
# Six rows, five causes, three clusters. Take them from the top.
#
# ## 2. Connections that were refused (`UF`)

# %%
# %ask connection-failures

# %% [markdown]
# One host, always refused, never a success (`of_host` is 100%), and within milliseconds: nothing listens on
# that port. A firewall would have made the requests wait for the connect timeout instead. The rows with
# `UF,URX` are the same host, reached by a route that tries three times: retries did not help, they only
# made three refused connections of one.

# %% language="sql"
# select route_name, count(*) as requests, percentile(duration, 0.5) as p50_ms,
#        count(*) filter (where list_contains(flags, 'URX')) as after_retries
# from access
# where verdict = 'connection-refused'
# group by all
# order by requests desc

# %% [markdown]
# ## 3. A cluster without endpoints (`UH`)

# %%
# %ask no-endpoint

# %% [markdown]
# No request ever went well, neither before nor after (`good_before` and `good_after` are empty), so this is
# no rollout that went wrong a minute ago. The service has no ready pod, or its selector matches none.
#
# ## 4. The application itself
#
# What is left was answered by the application, or cut off by it.

# %%
# %ask errors-explained --where "response_code = 503 and side = 'application'"

# %% magic_args="--into application" language="sql"
# select verdict, route, count(*) as requests,
#        count(distinct upstream_host) as hosts
# from access
# where response_code = 503 and side = 'application'
# group by all
# order by requests desc

# %% [markdown]
# Each of the three is one route: `/v1/orders` fails three times in a row, `/v1/recommend` answers 503 on
# its own, and exports lose their connection. Is that last one the well-known race of an idle keep-alive
# connection?

# %%
# %ask upstream-resets

# %% [markdown]
# No: the connection had been in use moments before, and the request ran for a while. A process that dies
# looks like this; a race shows resets within a millisecond, on connections that were idle.
#
# ## 5. Did it come in a burst?

# %%
timeline = log.sql("""
    select time_bucket(interval '500 milliseconds', start_time) as time, verdict,
           count(*) as requests
    from access where response_code = 503 group by all order by time, verdict
""")
wide = timeline.df().pivot(index="time", columns="verdict", values="requests").fillna(0)
ax = wide.plot.area(figsize=(9, 4), linewidth=0, colormap="tab10", xlabel="")
ax.set_ylabel("503s in half a second")
ax.set_title("All five causes, all the time: nothing started, nothing ended", loc="left")
ax.set_ylim(top=38)
ax.legend(frameon=False, ncols=3, fontsize="small", loc="upper left");
# %% [markdown]
# ## Conclusion

# %%
causes = log.ask("errors-explained", where="response_code = 503", limit=0).pl()
for row in causes.iter_rows(named=True):
    print(f"{row['requests']:4}  {row['verdict']:24} {row['side']:12} look at: {row['look_at']}")
print(f"{causes['requests'].sum():4}  in all")

# %% [markdown]
# | what | who | first step |
# | --- | --- | --- |
# | refused by the legacy service | platform | does anything listen on 9090? until then take its routes out of the retries |
# | no endpoint of the search service | platform | `kubectl get endpointslices`, the selector, readiness probes |
# | orders after three attempts, recommendations | application | its own log at these times |
# | exports cut off | application | restarts of the pod, its memory |
#
# One line on a dashboard, five causes, two teams. None of them began during the log, so no rollback of
# today's would have helped.
