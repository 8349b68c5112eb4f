"""What is created in a Kafka cluster once it runs: topics, and access for users."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from .certificates import Certificate
from .errors import MissingError, SandboxError

_AGREED_SECONDS = 15


def client_options(
    bootstrap: str,
    protocol: str,
    certificate: Certificate | None,
    mechanism: str | None,
    login: tuple[str, str],
) -> dict[str, Any]:
    """What kafka-python's clients need to connect."""
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap.split(","),
        "security_protocol": protocol,
    }
    if certificate is not None:
        options |= {"ssl_cafile": str(certificate.ca)}
    if mechanism is not None:
        user, password = login
        options |= {
            "sasl_mechanism": mechanism,
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return options


def prepare(
    options: Mapping[str, Any], topics: Mapping[str, Mapping[str, Any]], *, authorize: bool
) -> None:
    """Create the topics, and with `authorize` what app and monitor may do."""
    try:
        library = import_module("kafka.admin")
    except ImportError as error:
        raise MissingError("kafka-python", "pip install 'kafka-python>=3,<4'") from error
    # Our certificates may be bad on purpose; we know whom we speak to.
    admin = library.KafkaAdminClient(**{**options, **_unchecked(options)})
    try:
        # The brokers learn of either a little after the controller has agreed.
        if authorize:
            acls = _acls(library)
            admin.create_acls(acls)
            _wait_until(lambda: len(admin.describe_acls(_every_acl(library))[0]) >= len(acls))
        if topics:
            admin.create_topics([_topic(library, name, kw) for name, kw in topics.items()])
            _wait_until(lambda: _all_led(admin.describe_topics(list(topics))))
    finally:
        admin.close()


def _wait_until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _AGREED_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise SandboxError(f"Kafka's brokers did not agree within {_AGREED_SECONDS} s")
        time.sleep(0.05)


def _all_led(topics: list[dict[str, Any]]) -> bool:
    """Whether each partition has its leader, and all its replicas in sync."""
    return all(
        topic["error_code"] == 0
        and topic["partitions"]
        and all(
            row["leader_id"] >= 0 and len(row["isr_nodes"]) == len(row["replica_nodes"])
            for row in topic["partitions"]
        )
        for topic in topics
    )


def _unchecked(options: Mapping[str, Any]) -> dict[str, Any]:
    if "ssl_cafile" not in options:
        return {}
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return {"ssl_context": context}


def _topic(library: Any, name: str, wanted: Mapping[str, Any]) -> Any:
    return library.NewTopic(
        name,
        num_partitions=wanted.get("partitions", 1),
        replication_factor=wanted.get("replication_factor", 1),
        topic_configs=dict(wanted.get("configs", {})),
    )


def _acls(library: Any) -> list[Any]:
    kinds, operations = library.ResourceType, library.ACLOperation
    app = [(kinds.TOPIC, operations.ALL), (kinds.GROUP, operations.ALL)]
    monitor = [
        (kinds.TOPIC, operations.DESCRIBE),
        (kinds.TOPIC, operations.DESCRIBE_CONFIGS),
        (kinds.GROUP, operations.DESCRIBE),
        (kinds.CLUSTER, operations.DESCRIBE),
        (kinds.CLUSTER, operations.DESCRIBE_CONFIGS),
    ]
    return [
        library.ACL(
            principal=f"User:{user}",
            host="*",
            operation=operation,
            permission_type=library.ACLPermissionType.ALLOW,
            resource_pattern=library.ResourcePattern(
                kind, "kafka-cluster" if kind == kinds.CLUSTER else "*"
            ),
        )
        for user, rights in (("app", app), ("monitor", monitor))
        for kind, operation in rights
    ]


def _every_acl(library: Any) -> Any:
    return library.ACLFilter(
        principal=None,
        host=None,
        operation=library.ACLOperation.ANY,
        permission_type=library.ACLPermissionType.ANY,
        resource_pattern=library.ResourcePatternFilter(
            resource_type=library.ResourceType.ANY,
            resource_name=None,
            pattern_type=library.ACLResourcePatternType.ANY,
        ),
    )
