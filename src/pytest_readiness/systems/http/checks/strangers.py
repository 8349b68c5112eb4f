"""What does a stranger get to see, and what do foreign websites?"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.http.facts import Gate
from pytest_readiness.systems.http.judged import page_shown
from pytest_readiness.systems.http.probe import HttpProbe


@readiness.blocker(
    remedy="Require a login on the path: auth_request or auth_basic in nginx, a dependency of the "
    "router in the application.",
    demand="authentication",
    category="security",
    effort="hours",
    source="OWASP ASVS 5.0, V8.3.1",
)
def authentication_required(http_probe: HttpProbe) -> None:
    """Do the protected paths refuse a client without credentials?"""
    gates = http_probe.facts.protected
    if not gates:
        not_applicable('no path is declared protected: protected = ["/admin"]')
    _all_closed(gates, "to a client without credentials")


@readiness.high(
    remedy="Give a token that is valid now, with the right to read the path; curl -i -H "
    '"Authorization: Bearer …" URL/PATH',
    demand="authentication",
    category="security",
    effort="minutes",
    source="house rule: a door that refuses everybody proves nothing",
    privilege="a token that may read the path",
)
def credentials_accepted(http_probe: HttpProbe) -> None:
    """Do the protected paths let in a client with credentials?"""
    facts, declared = http_probe.facts, http_probe.declared
    if not declared.protected:
        not_applicable('no path is declared protected: protected = ["/admin"]')
    if not declared.has_credentials:
        not_applicable('no credentials are given: token = "${SHOP_TOKEN}"')
    for path, status in facts.opened.items():
        if status < 300 or status in (401, 403):
            word = "accepted" if status < 300 else "refused"
            assert measure(f"credentials at {path} (status {status})", word) == "accepted"
    for path, status in facts.opened.items():
        if status >= 300:
            blocked(f"GET {path} with credentials answers with status {status}")


@readiness.medium(
    remedy="Turn debug pages off (management.endpoints.web.exposure.include=health, no "
    "net/http/pprof on the public port), or in nginx: location /debug { deny all; }",
    demand="authentication",
    category="security",
    effort="minutes",
    source="OWASP WSTG-CONF-05",
)
def debug_pages_closed(http_probe: HttpProbe) -> None:
    """Are debug and documentation pages closed to strangers?"""
    gates = http_probe.facts.debug
    if not gates:
        not_applicable("no debug page is asked for: debug = []")
    _all_closed(gates, "to strangers")


@readiness.high(
    remedy="Serve a folder that holds nothing else, or: location ~ /\\. { return 404; } Then "
    "replace every secret that was in the file.",
    demand="authentication",
    category="security",
    effort="minutes",
    source="OWASP WSTG-CONF-04",
)
def files_closed(http_probe: HttpProbe) -> None:
    """Are the repository and the file of secrets kept from strangers?"""
    gates = http_probe.facts.files
    if not gates:
        not_applicable("no file is asked for: files = []")
    _all_closed(gates, "to strangers")


@readiness.medium(
    remedy="Turn debug off (DEBUG = False, FLASK_DEBUG=0, NODE_ENV=production, "
    "server.error.include-stacktrace=never), and answer errors with a page of your own.",
    demand="hardening",
    category="security",
    effort="minutes",
    source="OWASP WSTG-ERRH-02",
)
def stack_traces_hidden(http_probe: HttpProbe) -> None:
    """Are error pages free of stack traces and debug consoles?"""
    facts = http_probe.facts
    told = ", ".join(f"{what} at {path}" for path, what in list(facts.traces.items())[:3])
    what = f"error pages with a stack trace{f' ({told})' if told else ''}"
    assert measure(what, len(facts.traces)) == 0


@readiness.medium(
    remedy="List the origins that may read it; answer * only where nobody logs in, and never "
    "together with Access-Control-Allow-Credentials.",
    demand="authentication",
    category="security",
    effort="minutes",
    source="OWASP WSTG-CLNT-07",
)
def foreign_origins_refused(http_probe: HttpProbe) -> None:
    """Are scripts of foreign websites kept from reading answers (CORS)?"""
    for path, origin in http_probe.facts.origins.items():
        # Echoing whoever asks is a list of origins that nobody has written.
        assert measure(f"allowed to read {path}", origin.allowed) != "the foreign origin"
        if origin.allowed == "every origin":
            with_login = "with credentials" if origin.credentials else "without credentials"
            assert measure(f"every origin may read {path}", with_login) != "with credentials"


@readiness.low(
    remedy="add_header X-Content-Type-Options nosniff always; add_header Content-Security-Policy "
    "\"frame-ancestors 'none'\" always;",
    demand="hardening",
    category="security",
    effort="minutes",
    source="OWASP Secure Headers Project",
)
def security_headers(http_probe: HttpProbe) -> None:
    """Do answers carry the headers that protect a browser?"""
    page = page_shown(http_probe.facts)
    told = f" ({', '.join(page.lacking)})" if page.lacking else ""
    assert measure(f"headers that {page.reply.path} lacks{told}", len(page.lacking)) == 0


@readiness.low(
    remedy="server_tokens off; in nginx, ServerTokens Prod in Apache, app.disable('x-powered-by') "
    "in Express, --no-server-header for uvicorn",
    demand="hardening",
    category="security",
    effort="minutes",
    source="OWASP WSTG-INFO-02",
)
def versions_hidden(http_probe: HttpProbe) -> None:
    """Are versions of products kept out of the headers?"""
    page = page_shown(http_probe.facts)
    told = f" ({'; '.join(page.versions)})" if page.versions else ""
    assert measure(f"headers that tell a version{told}", len(page.versions)) == 0


def _all_closed(gates: Mapping[str, Gate], whom: str) -> None:
    """Judge all that is clear, then block on what is not."""
    for path, gate in gates.items():
        if gate.state != "unclear":
            assert measure(f"{path} {whom} ({gate.said})", gate.state) == "closed"
    for gate in gates.values():
        if gate.state == "unclear":
            blocked(gate.said)
