"""RabbitMQ: who gets in, and whether anybody can listen on the way."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.policy.environments import is_loopback, is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.declared import watchable, watched
from pytest_readiness.systems.rabbitmq.facts import ANSWERING, Client
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


@readiness.high(
    category="security",
    effort="minutes",
    source="RabbitMQ production checklist, users",
    remedy="rabbitmqctl delete_user guest",
    demand="authentication",
)
def guest_refused(rabbitmq_probe: RabbitProbe) -> None:
    """Is the default user, guest with password guest, refused from here?"""
    login = "accepted" if rabbitmq_probe.facts.guest_accepted else "refused"
    assert measure("login of guest with password guest from here", login) == "refused"


@readiness.medium(
    category="security",
    effort="minutes",
    source="RabbitMQ production checklist, users",
    remedy="rabbitmqctl delete_user guest",
    demand="authentication",
    aliases=("rabbitmq.guest_user",),
)
def guest_user_absent(rabbitmq_probe: RabbitProbe) -> None:
    """Has the default user been deleted, or at least its password changed?"""
    watchable(rabbitmq_probe)
    known = "known" if rabbitmq_probe.facts.guest_default else "unknown"
    assert measure("user guest with password guest", known) == "unknown"


@readiness.high(
    category="security",
    effort="minutes",
    source="RabbitMQ production checklist, users",
    remedy="rabbitmqctl set_user_tags USER, with no tag: applications need permissions only.",
    demand="authentication",
)
def app_not_administrator(rabbitmq_probe: RabbitProbe) -> None:
    """Does the application work without an administrator's rights?"""
    tags = rabbitmq_probe.facts.application_tags
    role = "administrator" if "administrator" in tags else ", ".join(tags) or "no tag"
    assert measure("tag of the application's user", role) != "administrator"


@readiness.medium(
    category="security",
    effort="minutes",
    source="RabbitMQ access control guide, passwords",
    remedy='rabbitmqctl change_password USER "$(openssl rand -hex 20)"; and for all users: '
    "credential_validator.validation_backend = rabbit_credential_validator_min_length.",
    demand="authentication",
    thresholds=[at_least("characters", 16, unit="characters", source="go-live checklists")],
)
def app_password_long(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is the application's password long enough not to be guessed?"""
    length = rabbitmq_probe.facts.credential_length
    assert measure("application's password", length, unit="characters") >= limits.characters


@readiness.medium(
    category="security",
    effort="minutes",
    since="4.0",
    source="RabbitMQ production checklist, anonymous login",
    privilege="monitoring tag",
    remedy="In rabbitmq.conf: anonymous_login_user = none, auth_mechanisms.1 = PLAIN and "
    "auth_mechanisms.2 = AMQPLAIN.",
    demand="authentication",
)
def anonymous_login_off(rabbitmq_probe: RabbitProbe) -> None:
    """Must everybody who logs in say who they are?"""
    for node in watched(rabbitmq_probe):
        offered = "offered" if "ANONYMOUS" in node.mechanisms else "not offered"
        assert measure(f"anonymous login at {node.name}", offered) == "not offered"


@readiness.high(
    category="security",
    effort="hours",
    source="RabbitMQ production checklist, TLS",
    remedy="Give the broker listeners.ssl.default and ssl_options.*, and the application amqps://.",
    demand="encryption",
)
def encrypted(rabbitmq_probe: RabbitProbe) -> None:
    """Is the application's connection encrypted?"""
    tls = rabbitmq_probe.facts.link.tls
    assert measure("TLS on the application's connection", tls or "none") != "none"


@readiness.blocker(
    category="security",
    effort="hours",
    source="RabbitMQ production checklist, TLS",
    remedy="Use amqps://, or a private network: passwords and messages are readable on the way.",
)
def encrypted_across_public_network(rabbitmq_probe: RabbitProbe) -> None:
    """Is a connection that crosses the public network encrypted?"""
    link = rabbitmq_probe.facts.link
    if not is_public(link.host):
        not_applicable(f"{link.host} is no public address")
    assert measure("TLS across the public network", link.tls or "none") != "none"


@readiness.medium(
    category="security",
    effort="hours",
    source="RabbitMQ production checklist, TLS",
    privilege="monitoring tag",
    remedy="In rabbitmq.conf, once all clients speak TLS: listeners.tcp = none.",
    demand="encryption",
    managed=True,
)
def plain_listener_closed(rabbitmq_probe: RabbitProbe) -> None:
    """Is TLS the only way in, so that no client can do without it by mistake?"""
    watchable(rabbitmq_probe)
    _where_the_application_is_encrypted(rabbitmq_probe)
    plain = ", ".join(
        f"{one.address}:{one.port} of {one.node}"
        for one in rabbitmq_probe.facts.listeners
        if one.protocol in ("amqp", "mqtt", "stomp", "stream") and not is_loopback(one.address)
    )
    assert measure("listeners without TLS", plain or "none") == "none"


@readiness.medium(
    category="security",
    effort="hours",
    source="RabbitMQ production checklist, TLS",
    privilege="monitoring tag",
    remedy="Move them to amqps://: rabbitmqctl list_connections user peer_host ssl.",
    demand="encryption",
)
def clients_encrypted(rabbitmq_probe: RabbitProbe) -> None:
    """Are the connections of all other clients encrypted too?"""
    watchable(rabbitmq_probe)
    _where_the_application_is_encrypted(rabbitmq_probe)
    plain = sorted(
        {
            f"{client.user} at {client.host}"
            for client in _clients(rabbitmq_probe)
            if not (client.tls or is_loopback(client.host))
        }
    )
    assert measure("clients without TLS", ", ".join(plain[:5]) or "none") == "none"
    _all_read(rabbitmq_probe)


@readiness.low(
    category="operations",
    effort="minutes",
    source="RabbitMQ heartbeats guide",
    privilege="monitoring tag",
    remedy="Give the client's URL ?heartbeat=60: without it, a dead peer is noticed after minutes "
    "or never, and its unacknowledged messages wait with it.",
    optional=True,
    thresholds=[at_least("seconds", 5, unit="s", source="RabbitMQ heartbeats guide")],
)
def heartbeats_on(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Do all clients send heartbeats, so that a dead one is noticed?"""
    watchable(rabbitmq_probe)
    for client in _clients(rabbitmq_probe):
        if client.heartbeat is not None:
            name = f"heartbeat of {client.user} at {client.host}"
            assert measure(name, client.heartbeat, unit="s") >= limits.seconds
    _all_read(rabbitmq_probe)


def _where_the_application_is_encrypted(probe: RabbitProbe) -> None:
    if probe.facts.sees("link") and probe.facts.link.tls is None:
        not_applicable("the application's own connection is not encrypted, which encrypted judges")


def _clients(probe: RabbitProbe) -> tuple[Client, ...]:
    clients: tuple[Client, ...] = probe.facts.clients
    if not clients:
        blocked("no client is connected yet")
    return clients


def _all_read(probe: RabbitProbe) -> None:
    unread = probe.facts.clients_unread
    if unread is not None:
        blocked(f"{unread}, and none of them is amiss")


@readiness.medium(
    category="security",
    effort="hours",
    source="RabbitMQ management guide, TLS",
    remedy="Give the broker management.ssl.port and management.ssl.*, and monitor_url https://.",
    demand="encryption",
)
def management_encrypted(rabbitmq_probe: RabbitProbe) -> None:
    """Is the monitoring user's password encrypted on its way to the management API?"""
    watchable(rabbitmq_probe)
    api = rabbitmq_probe.facts.management
    if api.state != ANSWERING:
        blocked(f"the management API shows nothing: {api.state}")
    assert measure(f"scheme of the management API at {api.address}", api.scheme) == "https"


@readiness.high(
    category="security",
    effort="minutes",
    source="RabbitMQ monitoring guide, certificate expiration",
    remedy="Renew the certificate, then: rabbitmqctl eval 'ssl:clear_pem_cache().'",
    demand="encryption",
    thresholds=[at_least("days", 14, unit="days", source="a third of the lifetime where less")],
)
def certificate_valid(rabbitmq_probe: RabbitProbe, limits: SimpleNamespace) -> None:
    """Is the broker's certificate valid for long enough to be renewed in peace?"""
    link = rabbitmq_probe.facts.link
    if link.tls is None:
        not_applicable("the connection is not encrypted")
    common.certificate_valid(link.expires, link.issued, limits.days)
