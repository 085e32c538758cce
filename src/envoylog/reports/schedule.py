"""Snippets that run a command after each window: for cron, systemd and Kubernetes.

They are printed, never installed: a schedule of our own would be one more that can be missing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

from envoylog.errors import QueryError
from envoylog.reports.windows import Length, last_complete

#: How long after a window its report is made, so that what is written late is in it.
GRACE: Final = timedelta(minutes=10)

_PERIODS: Final = {
    Length.HOUR: timedelta(hours=1),
    Length.DAY: timedelta(days=1),
    Length.WEEK: timedelta(weeks=1),
}
_MINUTE, _DAY, _YEAR = timedelta(minutes=1), timedelta(days=1), 366


class Scheduler(StrEnum):
    """What runs the command."""

    CRON = "cron"
    SYSTEMD = "systemd"
    KUBERNETES = "kubernetes"


_CRON: Final = Template("""\
# $what. Add the line to a crontab (crontab -e); cron mails what is said on stderr.
$fields cd $folder && $command
""")

_SYSTEMD: Final = Template("""\
# /etc/systemd/system/$name.service
[Unit]
Description=$what
After=network-online.target

[Service]
Type=oneshot
WorkingDirectory=$folder
ExecStart=$command
NoNewPrivileges=yes
ProtectSystem=full

# /etc/systemd/system/$name.timer; then: systemctl enable --now $name.timer
[Unit]
Description=$what

[Timer]
OnCalendar=$calendar
Persistent=true

[Install]
WantedBy=timers.target
""")

# The list of words is JSON, which is YAML too.
_KUBERNETES: Final = Template("""\
# $what. Set the image, and a claim that holds the data; then: kubectl apply -f
apiVersion: batch/v1
kind: CronJob
metadata:
  name: $name
spec:
  schedule: "$fields"
  timeZone: "$zone"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 3600
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000}
          containers:
            - name: report
              image: envoylog:0.1.0
              workingDir: /data
              command: $command
              securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
              resources: {requests: {cpu: 500m, memory: 512Mi}, limits: {memory: 2Gi}}
              volumeMounts: [{name: data, mountPath: /data}]
          volumes:
            - name: data
              persistentVolumeClaim: {claimName: envoylog}
""")


def snippet(
    scheduler: Scheduler | str,
    command: Sequence[str],
    length: Length | str,
    zone: ZoneInfo,
    *,
    now: datetime,
    folder: Path,
) -> str:
    """Write what a scheduler must be told to run a command after each window.

    Parameters
    ----------
    scheduler : Scheduler or str
        `cron`, `systemd` or `kubernetes`.
    command : sequence of str
        The words of the command; the first is the program, which cron and systemd want with its
        path.
    length, zone
        The window.
    now : datetime
        From when on. cron knows the machine's zone alone, so a time of its day is chosen at which
        the window is over in summer and winter.
    folder : Path
        From where the command's paths are seen.

    Returns
    -------
    str

    Raises
    ------
    QueryError
        If a word holds a line break, which no line of these files can.

    Examples
    --------
    >>> words = ["envoylog", "report", "data", "-o", "report-{date}.html"]
    >>> zone, folder = ZoneInfo("Europe/Zurich"), Path("/srv")
    >>> text = snippet("systemd", words, "day", zone, now=datetime.now(), folder=folder)
    >>> "OnCalendar=*-*-* 00:10:00 Europe/Zurich" in text
    True
    """
    scheduler, length = Scheduler(scheduler), Length(length)
    if any("\n" in word or "\r" in word for word in (*command, str(folder))):
        raise QueryError("no schedule can hold a line break, which stands in an argument")
    facts = {
        "name": f"envoylog-report-{length}",
        "what": f"Report of the last complete {length} in {zone.key}",
        "zone": zone.key,
    }
    if scheduler is Scheduler.CRON:
        # cron takes a % for the end of the line, wherever it stands.
        quoted = {"folder": shlex.quote(str(folder)), "command": shlex.join(command)}
        escaped = {name: text.replace("%", r"\%") for name, text in quoted.items()}
        return _CRON.substitute(facts, **escaped, fields=_machine_fields(length, zone, now))
    if scheduler is Scheduler.SYSTEMD:
        calendar = {
            Length.HOUR: "*-*-* *:10:00", Length.DAY: "*-*-* 00:10:00",
            Length.WEEK: "Mon *-*-* 00:10:00",
        }[length]  # fmt: skip
        return _SYSTEMD.substitute(
            facts,
            calendar=f"{calendar} {zone.key}",
            folder=str(folder).replace("%", "%%"),
            command=" ".join(map(_systemd_word, command)),
        )
    fields = _fields(GRACE, length, 1)
    words = json.dumps([Path(command[0]).name, *command[1:]], ensure_ascii=False)
    return _KUBERNETES.substitute(facts, fields=fields, command=words)


def _fields(into: timedelta, length: Length, weekday: int) -> str:
    """Write the five fields of cron; `into` counts from the start of the hour or day."""
    hours, minutes = divmod(into // _MINUTE, 60)
    return {
        Length.HOUR: f"{minutes} * * * *",
        Length.DAY: f"{minutes} {hours} * * *",
        Length.WEEK: f"{minutes} {hours} * * {weekday}",
    }[length]


def _machine_fields(length: Length, zone: ZoneInfo, now: datetime) -> str:
    """Choose a time of the machine's day that follows the window's end soon, all year long.

    Of the times at which windows end in the coming year, one is taken after which the longest wait
    is the shortest.
    """
    period = _PERIODS[length]
    start = now.astimezone()
    ends = {
        _since_monday(last_complete(start + day * _DAY, length, zone).until) % period
        for day in range(_YEAR)
    }
    best = min(ends, key=lambda at: (max((at - end) % period for end in ends), at))
    into = (best + GRACE) % period
    return _fields(into % _DAY, length, (into // _DAY + 1) % 7)


def _since_monday(moment: datetime) -> timedelta:
    """Tell how far into the week the machine's clock is."""
    local = moment.astimezone()
    return timedelta(days=local.weekday(), hours=local.hour, minutes=local.minute)


def _systemd_word(word: str) -> str:
    """Quote one word; % and $ mean something even within quotes."""
    escaped = word.replace("%", "%%").replace("$", "$$")
    if re.fullmatch(r"[\w./:=@+,{}%$-]+", escaped, re.ASCII):
        return escaped
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'
