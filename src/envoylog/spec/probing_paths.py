"""Request targets that nobody asks for but who looks for a way in.

A site that really runs WordPress has a `wp-login.php`: a row here says that whoever asks for it is
worth a look, not that it attacks. `evidence` names the weakness, or who asks for the path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Probing:
    """One thing that is looked for.

    Attributes
    ----------
    kind : str
        What a person calls it.
    pattern : str
        A regular expression that occurs in the request target, query included, whatever the case.
    evidence : str
        What is known of it.
    """

    kind: str
    pattern: str
    evidence: str


# fmt: off
_DOT = r"(?:\.|%2e|%252e)"
_SLASH = r"(?:/|\\|%2f|%5c|%252f|%255c)"
_BLANK = r"(?:\+|%20|%09|%0a|/\*.{0,20}?\*/|\s)"
_QUOTE = r"(?:'|%27|\"|%22)"
_OPEN = r"(?:\(|%28)"

#: The first row that fits names the kind.
PROBING_PATHS: Final = (
    Probing("traversal", rf"(?:^|[=&?;,:]|{_SLASH}){_DOT}{_DOT}{_SLASH}|{_SLASH}{_DOT}{_DOT}(?:$|[?#])|%c0%ae|/etc/(?:passwd|shadow)|win\.ini", "CWE-22"),
    Probing("command injection", rf"\$(?:\{{|%7b)jndi|(?:;|%3b|\||%7c|`|%60|\$\(|%24%28){_BLANK}*(?:cat|wget|curl|id|nc|bash|sh|chmod|ping|whoami)(?:{_BLANK}|$|;)|/bin/(?:ba)?sh|invokefunction|allow_url_include|auto_prepend_file", "CWE-78; CVE-2021-44228, CVE-2018-20062, CVE-2024-4577"),
    Probing("SQL injection", rf"union{_BLANK}+(?:all{_BLANK}+)?select|{_QUOTE}{_BLANK}*(?:or|and){_BLANK}+[^&]{{1,40}}(?:=|%3d|like)|(?:sleep|benchmark|extractvalue|updatexml){_OPEN}|pg_sleep|waitfor{_BLANK}+delay|information_schema|xp_cmdshell", "CWE-89"),
    Probing("script injection", rf"(?:<|%3c){_BLANK}*(?:script|img|svg|iframe)|javascript(?::|%3a)|on(?:error|load)(?:=|%3d)", "CWE-79"),
    Probing("secrets", r"/\.(?:env|git|svn|hg|aws|ssh|docker|kube|vscode|idea|npmrc|netrc|htpasswd|htaccess|DS_Store|bash_history|pgpass|s3cfg)(?:[./?_~-]|$)", "files that deployments leave behind; asked for by every scanner"),
    Probing("secrets", r"/(?:id_rsa|id_ed25519|aws_credentials|credentials(?:\.json|\.csv|$)|secrets\.(?:json|ya?ml)|wp-config\.php.|(?:dump|backup|database|db)\.(?:sql|zip|gz|tar|tgz|bak|sqlite3?)|[^/?]{1,40}\.(?:bak|old|swp|pem|kdbx)(?:$|\?))", "backups and keys in web folders"),
    Probing("WordPress", r"/(?:wp-(?:login|admin|content|includes|json|config|cron|signup)|xmlrpc\.php|wlwmanifest\.xml)", "asked for by every scanner"),
    Probing("PHP", r"/(?:phpmyadmin|pma|adminer|phpinfo|eval-stdin|vendor/phpunit|_ignition/execute-solution|shell\.php|alfa|thinkphp|index\.php\?s=)", "CVE-2017-9841, CVE-2021-3129"),
    Probing("consoles", r"/(?:actuator/(?:env|heapdump|gateway|jolokia|configprops|threaddump)|jolokia|manager/html|jmx-console|solr/(?:admin|#)|jenkins/|script\b.*groovy|h2-console|druid/index|server-status|server-info|debug/pprof|telescope/requests|_profiler|elmah\.axd|trace\.axd|\.well-known/openid-configuration/\.\.)", "consoles of Spring, Tomcat, Solr, Jenkins"),
    Probing("appliances", r"/(?:boaform|HNAP1|GponForm|setup\.cgi|cgi-bin/|owa/|ecp/|autodiscover/|remote/(?:login|fgt_lang)|dana-na/|vpn/|global-protect/|\+CSCOE\+|tmui/|mgmt/tm/|sslvpn|goform/|geoserver/|hudson|struts|login\.action|containers/json|api/v1/namespaces/.{0,40}/secrets|sdk/vim)", "routers, mail and VPN gateways; CVE-2018-10561, CVE-2018-13379, CVE-2020-5902, CVE-2021-26855"),
)
# fmt: on
