"""Apache Kafka, and what speaks its protocol."""

from __future__ import annotations

from typing import Literal

import msgspec

from pytest_readiness.systems.base import System, TargetSettings
from pytest_readiness.systems.kafka.intent import GroupIntent, TopicIntent
from pytest_readiness.systems.kafka.way import Protocol, Way, addresses, prefixed

__all__ = ["SYSTEM", "GroupIntent", "KafkaSettings", "TopicIntent"]


class KafkaSettings(TargetSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[tool.readiness.kafka.NAME]``; ``url`` lists bootstrap servers: ``k1:9092,k2:9092``."""

    platform: (
        Literal["msk", "msk-serverless", "confluent-cloud", "aiven", "redpanda-cloud", "event-hubs"]
        | None
    ) = None
    security_protocol: Protocol | None = None
    """Unless the URL starts with it; without both: SASL_SSL with a username, SSL with a CA file
    or a client certificate, else PLAINTEXT."""
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "PLAIN"
    """How the login is proved."""
    username: str | None = None
    """Who logs in at ``url``."""
    password: str | None = None
    """Their password: ``"${KAFKA_PASSWORD}"``."""
    monitor_username: str | None = None
    """Who logs in at ``monitor_url``."""
    monitor_password: str | None = None
    """Their password."""
    ca_file: str | None = None
    """Authorities that sign the brokers' certificates; the system's by default."""
    cert_file: str | None = None
    """Client certificate for mutual TLS, with its key unless ``key_file`` holds that."""
    key_file: str | None = None
    """Key of the client certificate."""
    verify: bool = True
    """Whether the brokers' certificates are verified."""
    topics: dict[str, TopicIntent] = msgspec.field(default_factory=dict)
    """Topics the service needs, by name or pattern: ``"orders.*"``."""
    groups: dict[str, GroupIntent] = msgspec.field(default_factory=dict)
    """Consumer groups of the service, by name or pattern."""

    def problem(self) -> tuple[str, str] | None:
        found = super().problem()
        if found is not None:
            return found
        for role in ("", "monitor_"):
            url = getattr(self, f"{role}url")
            if url is not None:
                found = self._wrong_login(url, role)
                if found is not None:
                    return found
        if self.key_file is not None and self.cert_file is None:
            return "key_file", "is of no use without cert_file"
        wrong = ((name, topic.problem()) for name, topic in self.topics.items())
        return next(((f"topics.{n}.retention", words) for n, words in wrong if words), None)

    def wrong_url(self, url: str) -> str | None:
        try:
            addresses(url)
        except ValueError as error:
            return str(error)
        said = prefixed(url)
        if said and self.security_protocol and said != self.security_protocol:
            return f"starts with {said}, but security_protocol is {self.security_protocol}"
        return None

    def _wrong_login(self, url: str, role: str) -> tuple[str, str] | None:
        """A login that the protocol wants and that is not given whole, or the other way round."""
        protocol = self._protocol(url, getattr(self, f"{role}username"))
        given = {name: getattr(self, role + name) for name in ("username", "password")}
        for name, value in given.items():
            if protocol.startswith("SASL_") and not value:
                return role + name, f"missing; {protocol} logs in with a user and a password"
            if not protocol.startswith("SASL_") and value:
                return role + name, f"given, but {protocol} does not log in"
        return None

    def _protocol(self, url: str, username: str | None) -> Protocol:
        said = prefixed(url) or self.security_protocol
        if said is not None:
            return said
        # A password is never sent in the clear by default.
        if username is not None:
            return "SASL_SSL"
        return "SSL" if self.ca_file or self.cert_file else "PLAINTEXT"

    def hosts(self) -> list[tuple[str, int]]:
        return addresses(self.url or self.monitor_url or "")

    def secrets(self) -> list[str]:
        return [secret for secret in (self.password, self.monitor_password) if secret]

    def ways(self) -> tuple[Way | None, Way | None]:
        """The application's way in and the monitoring role's, where given."""
        app = self._way(self.url, self.username, self.password)
        return app, self._way(self.monitor_url, self.monitor_username, self.monitor_password)

    def _way(self, url: str | None, username: str | None, password: str | None) -> Way | None:
        if url is None:
            return None
        return Way(
            addresses=tuple(addresses(url)),
            protocol=self._protocol(url, username),
            mechanism=self.sasl_mechanism,
            username=username,
            password=password,
            ca_file=self.ca_file,
            cert_file=self.cert_file,
            key_file=self.key_file,
            verify=self.verify,
        )


SYSTEM = System(
    name="kafka",
    settings=KafkaSettings,
    probe="pytest_readiness.systems.kafka.probe:KafkaProbe",
    checks="pytest_readiness.systems.kafka.checks",
    extra="kafka",
    variables=("KAFKA_BOOTSTRAP_SERVERS",),
    loggers=("kafka",),
    # kafka-python reads its message schemas by functions that Python 3.11 and 3.12 deprecate.
    warnings=(
        "ignore:read_text is deprecated:DeprecationWarning",
        "ignore:open_text is deprecated:DeprecationWarning",
    ),
)
