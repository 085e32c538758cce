from envoylog.format.document import JsonFormat, read_document
from envoylog.format.explain import explain_header, explain_html, explain_rows, explain_text
from envoylog.format.plan import Plan, make_plan


def plan_of(source: str | JsonFormat) -> Plan:
    return make_plan(read_document(source))


def test_text() -> None:
    assert explain_text(plan_of("%START_TIME% %RESPONSE_CODE% %DURATION% %REQ(A)% %REQ(B)%")) == (
        "TEXT format, 5 fields\n"
        "\n"
        "column         type       unit  operator         absent\n"
        "-------------  ---------  ----  ---------------  --------------\n"
        "start_time     timestamp        %START_TIME%     never absent\n"
        "response_code  code             %RESPONSE_CODE%  never absent\n"
        "duration       integer    ms    %DURATION%       `-`, JSON null\n"
        "req_a          string           %REQ(A)%         `-`, JSON null\n"
        "req_b          string           %REQ(B)%         `-`, JSON null\n"
        "note: %REQ(A)% and %REQ(B)% can both hold the ' ' between them: some lines can be read in"
        " several ways, and are marked ambiguous. Put the values in quotes, or TABs between them."
    )


def test_json_shows_keys() -> None:
    plan = plan_of({"a": {"b": "%PROTOCOL%"}, "c": "%KUMA_MESH%"})
    assert explain_header(plan) == ("key", "column", "type", "unit", "operator", "absent")
    assert explain_rows(plan) == [
        ("a.b", "protocol", "string", "", "%PROTOCOL%", "`-`, JSON null"),
        ("c", "kuma_mesh", "string", "", "%KUMA_MESH%", "`-`, JSON null"),
    ]
    assert explain_text(plan).startswith("JSON format, 2 fields\n")


def test_html_escapes() -> None:
    plan = plan_of({"<b>": '%REQ(A)% %CEL("<i>" + "&")%'})
    html = explain_html(plan)
    assert ">&lt;b&gt;</td>" in html
    assert ">%CEL(&quot;&lt;i&gt;&quot; + &quot;&amp;&quot;)%</td>" in html
    assert html.count("<tr>") == 3
    assert "<ul>" not in html


def test_html_shows_notes() -> None:
    html = explain_html(plan_of("%KUMA_MESH%"))
    assert "<ul><li>%KUMA_MESH% is not an operator of Envoy 1.40: read as free text</li>" in html
