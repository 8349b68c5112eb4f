"""Can anybody on the way read along, or answer in its place?"""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.http.facts import HttpFacts
from pytest_readiness.systems.http.judged import page_shown
from pytest_readiness.systems.http.probe import HttpProbe


@readiness.high(
    remedy="Terminate TLS in front of the service (listen 443 ssl), and give the https:// address.",
    demand="encryption",
    category="security",
    effort="hours",
    source="OWASP ASVS 5.0, V12.2.1",
)
def encrypted(http_probe: HttpProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", http_probe.facts.link.tls or "none") != "none"


@readiness.blocker(
    remedy="Terminate TLS in front of the service, or use a private address.",
    category="security",
    effort="hours",
    source="OWASP ASVS 5.0, V12.2.1",
)
def encrypted_across_public_network(http_probe: HttpProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = http_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.blocker(
    remedy="Install a certificate for this name with its whole chain (fullchain.pem), or give the "
    'authority: ca_file = "ca.pem"; openssl s_client -connect HOST:443 -servername HOST',
    # Who answers is proven by it: clients that verify would not come in, in staging neither.
    demand="authentication",
    category="security",
    effort="hours",
    source="OWASP ASVS 5.0, V12.2.2",
)
def certificate_trusted(http_probe: HttpProbe) -> None:
    """Do clients accept the certificate: its chain, its name, its dates?"""
    facts = http_probe.facts
    _over_tls(facts)
    assert measure("certificate", facts.untrusted or "accepted") == "accepted"


@readiness.high(
    remedy="Renew it and reload the proxy: certbot renew --deploy-hook 'nginx -s reload'",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
    category="security",
    effort="minutes",
    source="Let's Encrypt: integration guide",
)
def certificate_valid(http_probe: HttpProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    facts = http_probe.facts
    _over_tls(facts)
    common.certificate_valid(facts.link.expires, facts.link.issued, limits.days)


@readiness.high(
    remedy="ssl_protocols TLSv1.2 TLSv1.3; and reload; openssl s_client -tls1_1 -cipher "
    "ALL:@SECLEVEL=0 -connect HOST:443",
    demand="encryption",
    category="security",
    effort="minutes",
    source="RFC 8996",
)
def old_tls_refused(http_probe: HttpProbe) -> None:
    """Are TLS 1.0 and 1.1 refused?"""
    facts = http_probe.facts
    _over_tls(facts)
    assert measure("a client of TLS 1.0 and 1.1", facts.old_tls) == "refused"


@readiness.medium(
    remedy="server { listen 80; return 301 https://$host$request_uri; } or close the port",
    demand="encryption",
    category="security",
    effort="minutes",
    source="Mozilla HTTP Observatory: redirection",
)
def plaintext_redirected(http_probe: HttpProbe) -> None:
    """Does the plaintext address lead to https, and serve nothing itself?"""
    facts, entry = http_probe.facts, http_probe.declared.plaintext_entry
    if entry is None:
        not_applicable('no plaintext address is known: redirect_from = "http://shop.example"')
    if facts.plain is None:
        not_applicable(f"nothing answers at {entry}")
    what = f"what {entry} serves (status {facts.plain.status})"
    assert measure(what, facts.plain.serves) != "plaintext"


@readiness.low(
    remedy='add_header Strict-Transport-Security "max-age=31536000" always;',
    thresholds=[at_least("days", 180, unit="days", source="Mozilla HTTP Observatory: 6 months")],
    demand="encryption",
    category="security",
    effort="minutes",
    source="RFC 6797; OWASP ASVS 5.0, V3.4.1",
)
def hsts(http_probe: HttpProbe, limits: SimpleNamespace) -> None:
    """Are browsers told to come back over https only?"""
    facts = http_probe.facts
    _over_tls(facts)
    if http_probe.declared.by_address:
        not_applicable("browsers keep no such promise for an IP address (RFC 6797, 8.1.1)")
    days = page_shown(facts).hsts_days or 0.0
    assert measure("Strict-Transport-Security", days, unit="days") >= limits.days


def _over_tls(facts: HttpFacts) -> None:
    if facts.link.tls is None:
        not_applicable("the connection is not encrypted, which encrypted judges")
