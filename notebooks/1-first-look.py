# %% [markdown]
# # A first look
#
# Somebody hands you the access log of a gateway and says that users see errors. Ten minutes from the
# raw file to an answer: what fails, why, and whose it is.
#
# The log is `sample_logs/istio.log`, written by a real Envoy: a few seconds of traffic.

# %%
# %load_ext envoylog
import envoylog

with open("../sample_logs/istio.log", errors="replace") as file:
    for line in [line for line in file if '"GET ' in line][:2]:
        print(line)

# %% [markdown]
# Nobody needs to know the format of these lines: `auto` tries those that it knows, and the numbers
# below say how well that went. Every line is accounted for: lines = rows + rejects + skipped. Skipped is
# what is recognisably something else; here Envoy's own application log stands in the same stream.

# %%
run = envoylog.parse("../sample_logs/istio.log", format="auto", to="first-look.parquet")
run

# %% [markdown]
# Rows are now in Parquet. `%access` opens them and says what there is; *Columns* and *Questions* open on
# a click.

# %%
# %access first-look.parquet

# %% [markdown]
# ## Which authority fails?

# %%
# %ask errors-by-authority

# %% [markdown]
# One authority stands out. The others have an application error here and there; `api.example.com` fails
# in more than a quarter of its requests.
#
# ## Why, and whose fault is it?
#
# Envoy leaves the reason in `response_flags` and `response_code_details`. The next question reads both,
# and groups what goes wrong by the side on which to look.

# %%
# explained = %ask errors-explained --authority api.example.com --limit 0
explained

# %%
explained.plot();
# %% [markdown]
# So `api.example.com` does not have *a* problem. It has several, and they belong to different people: the
# two of the platform, a refused connection and a cluster without endpoints, are the ones that no
# developer of the application can repair.

# %%
by_side = explained.df().groupby("side")["requests"].sum().sort_values(ascending=False)
by_side

# %% [markdown]
# ## One of them, from the beginning to the end
#
# Take a request that met a refused connection. The view `access` has a column for everything that was
# asked above, so plain SQL finds one.

# %% magic_args="--into refused" language="sql"
# select request_id, client_ip, route, duration
# from access
# where verdict = 'connection-refused' and request_id is not null
# order by start_time
# limit 3

# %%
# log = %access first-look.parquet
log.why(refused.pl()["request_id"][0])

# %% [markdown]
# ## Conclusion

# %%
totals = log.ask("errors-by-authority").pl()
api = totals.filter(authority="api.example.com").row(0, named=True)
platform = int(by_side["platform"])
print(f"api.example.com: {api['5xx']} of {api['requests']} requests fail with 5xx.")
print(
    f"{platform} of them are the platform's: a service that does not listen, one without endpoints."
)

# %% [markdown]
# Two tickets for the platform, and the rest to the team of the application. The next notebook takes the
# 503s apart, one cause after the other.
