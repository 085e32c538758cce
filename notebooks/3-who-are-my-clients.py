# %% [markdown]
# # Who are my clients?
#
# A gateway sees addresses: of load balancers, of proxies, of people, and some that somebody made up. Which
# is the client's, how much of the traffic are people, and who is lying?

# %%
# %load_ext envoylog
import envoylog

envoylog.parse("../sample_logs/istio.log", format="istio", to="clients.parquet")
# %access clients.parquet

# %% [markdown]
# ## What Envoy believes
#
# Without being told anything, `client_ip` is what Envoy itself decided, from its own settings.

# %%
# %ask client-addresses

# %% [markdown]
# Look at `example`, the header as it was logged. Envoy itself appends the address that it was called from
# (`127.0.0.…` here: everything runs on one machine). What stands left of that was written by whoever
# called, and may be anything.
#
# ## One proxy stands before us
#
# This Envoy stands behind exactly one proxy that is to be trusted. So the client is one place left of the
# last, never the leftmost.

# %%
# log = %access clients.parquet --trusted-hops 1
clients = log.ask("clients", limit=8)
clients

# %%
clients.plot();
# %% [markdown]
# Two addresses make nearly a third of the traffic: offices or mobile networks behind one address, perhaps, or two
# jobs that run wild. Three hundred requests from one address need not be one client; `routes` says that these
# two ask for nearly everything there is, as a crowd does.
#
# ## What if we had taken the leftmost?
#
# Many tools do. How many requests would have been put down to somebody else?

# %% magic_args="--into leftmost" language="sql"
# select count(*) as requests,
#        count(*) filter (where first_of_chain <> client_ip) as someone_else,
#        count(distinct client_ip) as clients,
#        count(distinct first_of_chain) as clients_of_leftmost
# from (select client_ip, trim(split_part(x_forwarded_for, ',', 1)) as first_of_chain from access)

# %% [markdown]
# ## Who sends chains that do not look true?

# %%
# %ask forged-xff --limit 6

# %% magic_args="--into suspects" language="sql"
# select coalesce(xff_suspect, 'nothing odd') as chain, count(*) as requests,
#        count(distinct client_ip) as clients, min(x_forwarded_for) as example
# from access group by all order by requests desc

# %% [markdown]
# *Fewer hops than trusted* came past the proxy: whoever can reach the gateway directly can choose an
# address. *More hops* and *private before public* were lengthened by clients; some are honest proxies of
# companies, and it does no harm here because what they added is not believed.
#
# ## People, programs, robots

# %% magic_args="--into kinds" language="sql"
# select coalesce(agent_class, 'unknown') as kind, count(*) as requests,
#        count(*) / sum(count(*)) over () as share, min(agent_name) as for_example
# from access group by all order by requests desc

# %%
ax = (
    kinds.df()
    .set_index("kind")["requests"]
    .sort_values()
    .plot.barh(figsize=(9, 3), color="#3b6ea5", xlabel="requests", ylabel="")
)
ax.set_title("Little more than a third of the requests comes from browsers", loc="left");
# %%
# %ask crawlers

# %% [markdown]
# A user agent is a claim. Search engines publish the addresses of their crawlers, and none of those here is
# among them: all addresses in the sample are from ranges kept for documentation. Before anybody gives these
# two more than others get, look them up.
#
# ## And who looks for a way in?

# %%
# %ask scanners --limit 5

# %% [markdown]
# ## Conclusion

# %%
bypass = suspects.pl().filter(chain="fewer hops than trusted")["requests"].item()
people = kinds.pl().filter(kind="browser")["share"].item()
row = leftmost.pl().row(0, named=True)
print(f"{row['clients']} clients; the leftmost address makes {row['clients_of_leftmost']} of them,")
print(f"and is wrong for {row['someone_else']} of {row['requests']} requests.")
print(f"{bypass} requests came past the proxy. {people:.0%} of all are from browsers.")

# %% [markdown]
# Close the way past the proxy first: as long as it is open, rate limits by address limit nobody who means
# it. Then limit the scanners, by route rather than by address.
