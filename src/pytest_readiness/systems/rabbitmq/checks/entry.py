"""RabbitMQ: who gets in, and whether anybody can listen on the way."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_least, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.policy.environments import is_public
from pytest_readiness.systems import common
from pytest_readiness.systems.rabbitmq.probe import RabbitProbe


@readiness.high(remedy="rabbitmqctl delete_user guest", demand="authentication")
def guest_refused(rabbitmq_probe: RabbitProbe) -> None:
    """Is the default user, guest with password guest, refused from here?"""
    login = "accepted" if rabbitmq_probe.facts.guest_accepted else "refused"
    assert measure("login of guest with password guest from here", login) == "refused"


@readiness.medium(remedy="rabbitmqctl delete_user guest", demand="authentication")
def guest_user_absent(rabbitmq_probe: RabbitProbe) -> None:
    """Has the default user been deleted?"""
    user = "present" if rabbitmq_probe.facts.guest_exists else "absent"
    assert measure("user guest", user) == "absent"


@readiness.high(
    remedy="rabbitmqctl set_user_tags USER, with no tag: applications need permissions only.",
    demand="authentication",
)
def app_not_administrator(rabbitmq_probe: RabbitProbe) -> None:
    """Does the application work without an administrator's rights?"""
    tags = rabbitmq_probe.facts.application_tags
    role = "administrator" if "administrator" in tags else ", ".join(tags) or "no tag"
    assert measure("tag of the application's user", role) != "administrator"


@readiness.high(
    remedy="Give the broker listeners.ssl.default and ssl_options.*, and the application amqps://.",
    demand="encryption",
)
def encrypted(rabbitmq_probe: RabbitProbe) -> None:
    """Is the application's connection encrypted?"""
    tls = rabbitmq_probe.facts.link.tls
    assert measure("TLS on the application's connection", tls or "none") != "none"


@readiness.blocker(
    remedy="Use amqps://, or a private network: passwords and messages are readable on the way."
)
def encrypted_across_public_network(rabbitmq_probe: RabbitProbe) -> None:
    """Is a connection that crosses the public network encrypted?"""
    link = rabbitmq_probe.facts.link
    if not is_public(link.host):
        not_applicable(f"{link.host} is no public address")
    assert measure("TLS across the public network", link.tls or "none") != "none"


@readiness.high(
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
