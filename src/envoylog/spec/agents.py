"""User agents that tell what they are: probes, crawlers, scanners, libraries, the mesh itself.

The first row whose pattern occurs in a user agent, in whatever case, names its class. Whatever a
client says of itself is only that: a scanner may call itself Chrome.

`evidence` says where the text comes from: `docs` is the sender's own documentation, `source` its
source code, `seen` logs and published lists of agents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Every class, and what it means.
AGENT_CLASSES: Final[dict[str, str]] = {
    "browser": "a web browser, or the browser inside an app",
    "app": "a mobile app that speaks for itself",
    "library": "an HTTP client of a program or a shell",
    "crawler": "a search engine, a preview, SEO, an archive, a headless browser",
    "llm_crawler": "it reads for a language model: to train it, or for one of its users",
    "probe": "a health check or an uptime monitor",
    "scanner": "it looks for weak spots, or maps the internet",
    "mesh": "the platform's own: proxies, control planes, agents",
    "unknown": "it says something that is in no table",
    "none": "no user agent, or an empty one",
}


@dataclass(frozen=True, slots=True)
class Agent:
    """One kind of user agent.

    Attributes
    ----------
    pattern : str
        A regular expression that occurs in the user agent, whatever the case.
    agent_class : str
        One of `AGENT_CLASSES`.
    name : str
        What people call it.
    evidence : str
        Where the text comes from.
    """

    pattern: str
    agent_class: str
    name: str
    evidence: str


# fmt: off
_PROBES = (
    (r"^kube-probe/", "kube-probe", "source: kubernetes pkg/probe/http"),
    (r"ELB-HealthChecker/", "ELB-HealthChecker", "docs: Elastic Load Balancing"),
    (r"Amazon-Route53-Health-Check-Service", "Route 53", "docs: Amazon Route 53"),
    (r"^GoogleHC/", "GoogleHC", "docs: Google Cloud Load Balancing"),
    (r"GoogleStackdriverMonitoring-UptimeChecks", "Google uptime check", "docs: Google Cloud Monitoring"),
    (r"^Edge Health Probe$", "Azure Front Door", "docs: Azure Front Door"),
    (r"Azure Traffic Manager Endpoint Monitor", "Azure Traffic Manager", "docs: Azure Traffic Manager"),
    (r"^(?:AlwaysOn|HealthCheck/[0-9.]+)$", "Azure App Service", "docs: Azure App Service"),
    (r"^Envoy/HC$", "Envoy", "source: envoy source/extensions/health_checkers/http"),
    (r"^grpc[-_]health[-_]probe", "grpc_health_probe", "source: grpc-ecosystem/grpc-health-probe"),
    (r"^Consul Health Check", "Consul", "source: hashicorp/consul agent/checks"),
    (r"^Knative-(?:Activator|Queue-Proxy|Ingress|Autoscaling)(?:-Probe)?", "Knative", "source: knative networking pkg/http/header"),
    (r"^Blackbox[ -]Exporter/", "Blackbox Exporter", "source: prometheus/blackbox_exporter"),
    (r"^Prometheus/", "Prometheus", "source: prometheus/prometheus scrape"),
    (r"^(?:vm_promscrape|vmagent)", "VictoriaMetrics", "source: VictoriaMetrics lib/promscrape"),
    (r"^(?:GrafanaAgent|Alloy)/", "Grafana Alloy", "source: grafana/alloy"),
    (r"^synthetic-monitoring-agent/", "Grafana Synthetic Monitoring", "source: grafana/synthetic-monitoring-agent"),
    (r"Cloudflare-Healthchecks|Cloudflare-Traffic-Manager", "Cloudflare", "docs: Cloudflare"),
    (r"DigitalOcean Uptime Probe", "DigitalOcean", "docs: DigitalOcean Uptime"),
    (r"Datadog ?/?Synthetic", "Datadog Synthetics", "docs: Datadog"),
    (r"^Datadog Agent/", "Datadog Agent", "source: DataDog/datadog-agent"),
    (r"NewRelic(?:Synthetics|Pinger|bot)", "New Relic", "docs: New Relic"),
    (r"RuxitSynthetic", "Dynatrace", "docs: Dynatrace"),
    (r"ThousandEyes", "ThousandEyes", "docs: ThousandEyes"),
    (r"UptimeRobot/", "UptimeRobot", "docs: UptimeRobot"),
    (r"Pingdom", "Pingdom", "docs: Pingdom"),
    (r"StatusCake", "StatusCake", "docs: StatusCake"),
    (r"Site24x7", "Site24x7", "docs: Site24x7"),
    (r"Better ?(?:Stack|Uptime) ?Bot", "Better Stack", "docs: Better Stack"),
    (r"Uptime-Kuma/", "Uptime Kuma", "source: louislam/uptime-kuma"),
    (r"^Gatus/", "Gatus", "source: TwiN/gatus"),
    (r"Checkly", "Checkly", "docs: Checkly"),
    (r"HetrixTools", "HetrixTools", "docs: HetrixTools"),
    (r"OhDear", "Oh Dear", "docs: Oh Dear"),
    (r"updown\.io", "updown.io", "docs: updown.io"),
    (r"SentryUptimeBot/", "Sentry", "docs: Sentry uptime monitoring"),
    (r"Catchpoint", "Catchpoint", "docs: Catchpoint"),
    (r"NodePing", "NodePing", "docs: NodePing"),
    (r"^Zabbix", "Zabbix", "source: zabbix"),
    (r"^check_http/", "check_http", "source: monitoring-plugins"),
    (r"^ELB-|^(?:HAProxy|nginx)/[0-9.]+ \(health", "load balancer", "seen"),
    (r"Varnish/fastly \(healthcheck\)", "Fastly", "docs: Fastly"),
)

_LLM = (
    # Google-Extended and Applebot-Extended are names in robots.txt: they send no user agent.
    (r"GPTBot", "GPTBot", "docs: OpenAI"),
    (r"ChatGPT-User", "ChatGPT-User", "docs: OpenAI"),
    (r"OAI-SearchBot", "OAI-SearchBot", "docs: OpenAI"),
    (r"ClaudeBot", "ClaudeBot", "docs: Anthropic"),
    (r"Claude-User", "Claude-User", "docs: Anthropic"),
    (r"Claude-SearchBot", "Claude-SearchBot", "docs: Anthropic"),
    (r"Claude-Web|anthropic-ai", "Anthropic", "seen"),
    (r"PerplexityBot", "PerplexityBot", "docs: Perplexity"),
    (r"Perplexity-?User", "Perplexity-User", "docs: Perplexity"),
    (r"Bytespider", "Bytespider", "seen"),
    (r"TikTokSpider", "TikTokSpider", "seen"),
    (r"CCBot/", "CCBot", "docs: Common Crawl"),
    (r"meta-externalagent", "Meta-ExternalAgent", "docs: Meta"),
    (r"meta-externalfetcher", "Meta-ExternalFetcher", "docs: Meta"),
    (r"FacebookBot", "FacebookBot", "docs: Meta"),
    (r"Amazonbot", "Amazonbot", "docs: Amazon"),
    (r"Amzn-(?:SearchBot|User)", "Amazon", "docs: Amazon"),
    (r"Google-(?:CloudVertexBot|NotebookLM)|Gemini-Deep-Research", "Google AI", "docs: Google"),
    (r"GoogleOther", "GoogleOther", "docs: Google"),
    (r"AzureAI-SearchBot", "Azure AI", "seen"),
    (r"MistralAI-User", "MistralAI-User", "docs: Mistral"),
    (r"cohere-(?:ai|training-data-crawler)", "Cohere", "seen"),
    (r"DeepSeekBot", "DeepSeekBot", "seen"),
    (r"ChatGLM-Spider", "ChatGLM-Spider", "seen"),
    (r"PanguBot", "PanguBot", "seen"),
    (r"DuckAssistBot", "DuckAssistBot", "docs: DuckDuckGo"),
    (r"YouBot", "YouBot", "docs: You.com"),
    (r"AI2Bot", "AI2Bot", "docs: Allen Institute for AI"),
    (r"Diffbot", "Diffbot", "docs: Diffbot"),
    (r"Timpibot", "Timpibot", "docs: Timpi"),
    (r"ImagesiftBot", "ImagesiftBot", "docs: ImageSift"),
    (r"img2dataset", "img2dataset", "source: rom1504/img2dataset"),
    (r"FirecrawlAgent", "Firecrawl", "docs: Firecrawl"),
    (r"crawl4ai", "Crawl4AI", "source: unclecode/crawl4ai"),
    (r"TavilyBot", "Tavily", "seen"),
    (r"omgilibot|omgili/|Webzio-Extended", "Webz.io", "docs: Webz.io"),
)

_SCANNERS = (
    (r"zgrab", "zgrab", "source: zmap/zgrab2"),
    (r"masscan", "masscan", "source: robertdavidgraham/masscan"),
    (r"Nuclei", "Nuclei", "source: projectdiscovery/nuclei"),
    (r"sqlmap", "sqlmap", "source: sqlmapproject/sqlmap"),
    (r"Nmap Scripting Engine", "Nmap", "source: nmap nselib/http.lua"),
    (r"Nikto", "Nikto", "source: sullo/nikto"),
    (r"WPScan", "WPScan", "source: wpscanteam/wpscan"),
    (r"gobuster", "gobuster", "source: OJ/gobuster"),
    (r"dirbuster", "DirBuster", "seen"),
    (r"feroxbuster", "feroxbuster", "source: epi052/feroxbuster"),
    (r"Fuzz Faster U Fool", "ffuf", "source: ffuf/ffuf"),
    (r"Wfuzz", "Wfuzz", "source: xmendez/wfuzz"),
    (r"WhatWeb", "WhatWeb", "source: urbanadventurer/WhatWeb"),
    (r"Acunetix", "Acunetix", "seen"),
    (r"Nessus|Tenable", "Nessus", "seen"),
    (r"OpenVAS", "OpenVAS", "seen"),
    (r"Qualys", "Qualys", "seen"),
    (r"Netsparker|Invicti", "Invicti", "seen"),
    (r"Burp(?:Suite|Collaborator)", "Burp", "seen"),
    (r"ZmEu", "ZmEu", "seen"),
    (r"Morfeus", "Morfeus", "seen"),
    (r"jndi:", "Log4Shell", "seen: CVE-2021-44228"),
    (r"\(\) *\{ *:", "Shellshock", "seen: CVE-2014-6271"),
    (r"CensysInspect", "Censys", "docs: Censys"),
    (r"Expanse, a Palo Alto", "Palo Alto Expanse", "seen"),
    (r"Shodan", "Shodan", "seen"),
    (r"l9(?:explore|tcpid|scan)", "LeakIX", "seen"),
    (r"NetcraftSurveyAgent", "Netcraft", "seen"),
    (r"ModatScanner", "Modat", "docs: Modat"),
    (r"internet-?measurement\.com|InternetMeasurement", "driftnet", "docs: driftnet"),
    (r"Hello,? World", "worm", "seen"),
    (r"(?:^|\W)(?:union +select|sleep\([0-9]|<script|\.\./\.\./)", "injection", "seen"),
)

_MESH = (
    (r"^(?:istio-proxy|pilot-agent|istio-agent|pilot-discovery|ztunnel|waypoint)", "Istio", "source: istio/istio"),
    (r"^envoy(?:/|$)", "Envoy", "source: envoy, add_user_agent of the connection manager"),
    (r"^(?:linkerd|l5d)", "Linkerd", "source: linkerd/linkerd2"),
    (r"^(?:cilium|hubble)", "Cilium", "source: cilium/cilium"),
    (r"^Kiali", "Kiali", "source: kiali/kiali"),
    (r"^consul(?:-dataplane|/)", "Consul", "source: hashicorp/consul"),
    (r"^(?:kubelet|kubectl|kube-(?:apiserver|controller-manager|scheduler|proxy))/", "Kubernetes", "source: kubernetes"),
    (r"^cert-manager", "cert-manager", "source: cert-manager/cert-manager"),
    (r"^(?:otelcol|OpenTelemetry Collector)|^OTel-OTLP-Exporter", "OpenTelemetry", "docs: OpenTelemetry, OTLP exporter"),
    (r"^(?:argocd|argo-)", "Argo", "source: argoproj"),
    (r"^Knative", "Knative", "source: knative"),
)

_CRAWLERS = (
    (r"facebookexternalhit|facebookcatalog", "Facebook", "docs: Meta"),
    (r"Googlebot", "Googlebot", "docs: Google"),
    (r"(?:AdsBot|Mediapartners|Feedfetcher|APIs)-Google|Google-(?:InspectionTool|Read-Aloud|Site-Verification)|Storebot-Google", "Google", "docs: Google"),
    (r"bingbot|BingPreview|adidxbot", "Bingbot", "docs: Microsoft"),
    (r"Yandex(?:[A-Za-z]*)[/;]", "Yandex", "docs: Yandex"),
    (r"Baiduspider", "Baiduspider", "docs: Baidu"),
    (r"DuckDuckBot|DuckDuckGo-Favicons", "DuckDuckBot", "docs: DuckDuckGo"),
    (r"Applebot", "Applebot", "docs: Apple"),
    (r"Yahoo! Slurp", "Yahoo", "docs: Yahoo"),
    (r"PetalBot", "PetalBot", "docs: Huawei"),
    (r"AhrefsBot|AhrefsSiteAudit", "AhrefsBot", "docs: Ahrefs"),
    (r"SemrushBot|SiteAuditBot", "SemrushBot", "docs: Semrush"),
    (r"MJ12bot", "MJ12bot", "docs: Majestic"),
    (r"DotBot", "DotBot", "docs: Moz"),
    (r"WhatsApp/", "WhatsApp", "docs: Meta"),
    (r"ia_archiver|archive\.org_bot", "Internet Archive", "docs: Internet Archive"),
    (r"HeadlessChrome|PhantomJS|Puppeteer|Playwright|Selenium|Cypress", "headless browser", "source: chromium, puppeteer"),
    (r"Chrome-Lighthouse|PTST/", "Lighthouse", "docs: Google"),
)

# `^` where the name could also be part of a browser's.
_LIBRARIES = (
    (r"^curl/", "curl", "source: curl"),
    (r"^Wget", "Wget", "source: GNU Wget"),
    (r"^HTTPie", "HTTPie", "source: httpie"),
    (r"python-requests/", "python-requests", "source: psf/requests"),
    (r"python-httpx/", "httpx", "source: encode/httpx"),
    (r"^Python/.* aiohttp/", "aiohttp", "source: aio-libs/aiohttp"),
    (r"^Python-urllib/", "urllib", "source: cpython"),
    (r"^python-urllib3/", "urllib3", "source: urllib3"),
    (r"^Scrapy/", "Scrapy", "source: scrapy"),
    (r"^(?:Boto3|aws-(?:cli|sdk))", "AWS SDK", "source: aws"),
    (r"^grpc-", "gRPC", "docs: gRPC over HTTP/2"),
    (r"^Go-http-client/", "Go", "source: golang net/http"),
    (r"^go-resty/", "resty", "source: go-resty"),
    (r"^okhttp/", "OkHttp", "source: square/okhttp"),
    (r"^(?:Java/|Java-http-client/)", "Java", "source: openjdk"),
    (r"^Apache-(?:HttpClient|HttpAsyncClient)/", "Apache HttpClient", "source: apache"),
    (r"^(?:AHC/|ReactorNetty/|Jetty/|Vert\.x|RestSharp|Feign)", "JVM client", "seen"),
    (r"^axios/", "axios", "source: axios"),
    (r"^(?:node-fetch|undici|node$|got |got/|node-superagent|Bun/|Deno/)", "Node.js", "source: node, undici, bun, deno"),
    (r"^PostmanRuntime/", "Postman", "docs: Postman"),
    (r"^insomnia/", "Insomnia", "source: Kong/insomnia"),
    (r"^(?:reqwest|hyper|ureq)/", "Rust client", "source: reqwest, hyper, ureq"),
    (r"^(?:Ruby|rest-client|Faraday|HTTParty|http\.rb)", "Ruby client", "source: ruby"),
    (r"^(?:GuzzleHttp|PHP|Symfony)", "PHP client", "source: guzzle"),
    (r"^libwww-perl/", "libwww-perl", "source: libwww-perl"),
    (r"^(?:Microsoft-)?(?:\.NET|WinHTTP|WinInet)|^Microsoft-CryptoAPI", ".NET client", "seen"),
    (r"^(?:k6/|Grafana k6/)", "k6", "source: grafana/k6"),
    (r"^(?:fortio\.org|ApacheBench/|wrk|hey/|vegeta|autocannon|locust|JMeter)", "load generator", "source: fortio, ab, hey"),
    (r"^Amazon CloudFront$", "CloudFront", "docs: Amazon CloudFront"),
)

_APPS = (
    (r"^Dalvik/", "Android", "source: android"),
)
# fmt: on


def _rows() -> tuple[Agent, ...]:
    groups = (
        ("probe", _PROBES),
        ("llm_crawler", _LLM),
        ("scanner", _SCANNERS),
        ("mesh", _MESH),
        ("crawler", _CRAWLERS),
        ("library", _LIBRARIES),
        ("app", _APPS),
    )
    return tuple(
        Agent(pattern, agent_class, name, evidence)
        for agent_class, rows in groups
        for pattern, name, evidence in rows
    )


#: In the order in which they are tried.
AGENTS: Final = _rows()

#: Tried after the tables: an agent that calls itself a robot, or leaves the address of its owner.
ROBOT: Final = r"(?:bot|crawler|spider|scraper)\b|\bcrawl|\+https?://"
#: An app names its platform or the platform's HTTP client, and does not begin like a browser.
APP: Final = r"\bCFNetwork/|\bDarwin/|\b(?:iOS|iPhone|iPad|iPadOS|Android|watchOS|tvOS)\b"
#: Every browser since 1998 begins so and names its engine.
BROWSER: Final = r"^Mozilla/[0-9.]+ .*(?:Gecko|AppleWebKit|KHTML|Trident|MSIE|Presto)|^Opera/"
#: The classes of the tags in the package crawler-user-agents. Its `monitoring` holds media
#: monitors and the like too, so it makes nobody a probe: probes are left out of most answers.
CRAWLER_TAGS: Final[dict[str, str]] = {
    "ai-crawler": "llm_crawler",
    "scanner": "scanner",
    "http-library": "library",
}
