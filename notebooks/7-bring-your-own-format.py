# %% [markdown]
# # Bring your own format
#
# Every operator chooses a log format of their own, and every parser in the world expects another one. What
# if yours is none of those that have a name?

# %%
# %load_ext envoylog
import envoylog

with open("../sample_logs/gateway-text.log", errors="replace") as file:
    lines = file.read().splitlines()
print(lines[0])

# %% [markdown]
# ## The wrong format, and how one notices
#
# It looks like Envoy's default format. Let us say that it is.

# %%
wrong = envoylog.parse("../sample_logs/gateway-text.log", format="envoy", to="wrong.parquet")
wrong

# %% [markdown]
# Most lines were refused, and none is lost: the rejects stand beside the rows, and say where reading stopped.
# Some lines could be bent so that they fit; each of these rows is flagged as *ambiguous*, so that it never
# passes for a clean one. Open a reason with a click; the part that does not fit is marked.

# %%
log = envoylog.open("wrong.parquet")
log.rejects()

# %% [markdown]
# Something in quotes stands behind what the default format ends with. In the configuration of the gateway one
# finds what it is: the format has one more field.
#
# ## The right one
#
# A format may be given as the string itself, as a file, or as the configuration in which it stands (Istio,
# Envoy Gateway, Contour, a bootstrap…). It is compiled, and shows what it will read:

# %%
with open("../sample_logs/gateway-text.format") as file:
    text = file.read()
print(text)
parser = envoylog.compile_format(text)
parser

# %% [markdown]
# Below the table it says which fields a client could forge: TEXT formats escape nothing, so a user agent with
# a quote and a blank looks like two fields.

# %%
run = envoylog.parse("../sample_logs/gateway-text.log", format=parser, to="right.parquet")
run

# %% [markdown]
# Everything was read. A few rows are *ambiguous*: their lines can be read in more than one way. They are
# kept, flagged, and one can see who wrote such a thing.

# %%
# %access right.parquet

# %%
# %ask ambiguous

# %% [markdown]
# ## A mistake in a format
#
# Envoy would refuse to start. envoylog says where, and what to do, all faults at once:

# %%
try:
    envoylog.compile_format("[%START_TIME%] %RESPONSE_CODE(3)% %REQ()% %DURATION%")
except envoylog.FormatError as error:
    print(error)

# %% [markdown]
# ## What this format cannot tell
#
# Some questions cannot be answered, because the log does not hold what they need:

# %%
try:
    envoylog.open("right.parquet").ask("latency-by-upstream-cluster")
except envoylog.QueryError as error:
    print(error)

# %% [markdown]
# `envoylog format advise` says what to add, and writes the better format, ready for the configuration:

# %%
import json
import sys
from subprocess import check_output

command = "-m envoylog format advise ../sample_logs/gateway-text.format --json"
advice = json.loads(check_output([sys.executable, *command.split()]))
print(advice["forms"]["envoy-gateway"])

# %%
print("to be added:", *advice["missing"], sep="\n  ")

# %% [markdown]
# ## Conclusion

# %%
refused = log.rejects().count
print(
    f"With the wrong format {refused} of {run.lines} lines were refused, with the right one {run.rejects}."
)
print(f"{run.ambiguous} rows are flagged as ambiguous.")

# %% [markdown]
# Three things to take home. Compile the format that the gateway has, not one that resembles it. Look at the
# rejects once; they say what is wrong in their first line. And log JSON: it escapes what clients send, so
# that nothing is ambiguous.
