"""Who is let in, with what rights, over what wire, and what a browser may be tricked into."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.mlflow.probe import MlflowProbe

NETWORK = "MLflow network security guide"
BASIC_AUTH = "MLflow basic-auth guide"


@readiness.blocker(
    remedy="Start it with --app-name basic-auth, or put a proxy that authenticates before it.",
    category="security",
    effort="hours",
    source=BASIC_AUTH,
    demand="authentication",
    managed=True,
)
def authentication_required(mlflow_probe: MlflowProbe) -> None:
    """Is a client without credentials refused?"""
    assert measure("client without credentials", mlflow_probe.facts.anonymous) == "refused"


@readiness.blocker(
    remedy='Change it: PATCH /api/2.0/mlflow/users/update-password {"username": "admin", …}',
    category="security",
    effort="minutes",
    source="basic_auth.ini of MLflow up to 3.14",
    demand="authentication",
    managed=True,
)
def default_password_refused(mlflow_probe: MlflowProbe) -> None:
    """Is the published password of the user admin refused?"""
    facts = mlflow_probe.facts
    if facts.anonymous == "answered":
        not_applicable("it asks nobody for a password; authentication_required judges that")
    assert measure("admin with a published password", facts.default_password) == "refused"


@readiness.medium(
    remedy="Give the application a user of its own: POST /api/2.0/mlflow/users/create "
    '{"username": "app", …}, with EDIT on its experiments and READ on its models.',
    category="security",
    effort="minutes",
    source=BASIC_AUTH,
    demand="authentication",
    managed=True,
)
def app_user_limited(mlflow_probe: MlflowProbe) -> None:
    """Does the application log in as a user who is no administrator?"""
    admin = mlflow_probe.facts.admin
    if admin is None:
        not_applicable("MLflow itself knows no users here; a proxy decides who may do what")
    rights = "an administrator's" if admin else "a user's"
    assert measure("rights of the application's user", rights) == "a user's"


@readiness.high(
    remedy="Terminate TLS in front of the server; use https://.",
    category="security",
    effort="hours",
    source=NETWORK,
    demand="encryption",
)
def encrypted(mlflow_probe: MlflowProbe) -> None:
    """Is the connection encrypted?"""
    assert measure("encryption", mlflow_probe.facts.link.tls or "none") != "none"


@readiness.blocker(
    remedy="Terminate TLS in front of the server, or use a private address.",
    category="security",
    effort="hours",
    source=NETWORK,
)
def encrypted_across_public_network(mlflow_probe: MlflowProbe) -> None:
    """Is the connection encrypted where it crosses the open internet?"""
    facts = mlflow_probe.facts
    if not is_public(facts.peer):
        not_applicable(f"{facts.peer} is no address of the open internet")
    assert measure(f"encryption on the way to {facts.peer}", facts.link.tls or "none") != "none"


@readiness.high(
    remedy="Renew the certificate of the proxy in front of the server, and reload it.",
    category="security",
    effort="minutes",
    source="renewal by ACME",
    thresholds=[at_least("days", 14, unit="days", source="renewal by ACME happens 30 days before")],
    demand="encryption",
    managed=True,
)
def certificate_valid(mlflow_probe: MlflowProbe, limits: SimpleNamespace) -> None:
    """Is the certificate valid for some time to come?"""
    link = mlflow_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)


@readiness.medium(
    remedy="Name the hosts it is reached by: mlflow server --allowed-hosts mlflow.example.org",
    category="security",
    effort="minutes",
    source=NETWORK,
    since="3.5",
    demand="authentication",
    managed=True,
)
def host_check(mlflow_probe: MlflowProbe) -> None:
    """Is a request to a foreign host name refused, as a page that rebinds DNS sends it?"""
    facts = mlflow_probe.facts
    if facts.foreign_host == "answered" and facts.link.tls is not None:
        not_applicable("over TLS a foreign name finds no certificate: no browser gets that far")
    assert measure("request to a foreign host name", facts.foreign_host) == "refused"


@readiness.medium(
    remedy="Name the pages that may write: mlflow server --cors-allowed-origins "
    "https://notebooks.example.org, never '*'",
    category="security",
    effort="minutes",
    source=NETWORK,
    since="3.5",
    demand="authentication",
    managed=True,
)
def foreign_origin_refused(mlflow_probe: MlflowProbe) -> None:
    """Is a request to write refused that comes from another site's page?"""
    said = mlflow_probe.facts.foreign_origin
    assert measure("request to write from a foreign origin", said) == "refused"


@readiness.low(
    remedy="mlflow server --x-frame-options SAMEORIGIN (the default from 3.5 on), or send the "
    "header from the proxy.",
    category="security",
    effort="minutes",
    source="OWASP clickjacking defense",
    demand="authentication",
    managed=True,
    optional=True,
)
def framing_refused(mlflow_probe: MlflowProbe) -> None:
    """Are the server's pages kept out of other sites' frames?"""
    assert measure("X-Frame-Options", mlflow_probe.facts.frames) != "none"
