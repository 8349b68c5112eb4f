"""Every text among the settings of every system: what is secret in it, or that nothing is."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

PLAIN = frozenset(
    {
        *("platform", "vendor", "minimum_version", "role", "backend", "type", "cleanup_policy"),
        *("security_protocol", "sasl_mechanism", "username", "monitor_username"),
        *("ca_file", "cert_file", "key_file", "alembic", "files", "memory_limit", "max_size"),
        *("dead_letter", "alias", "retention", "max_age", "extensions", "tables", "dependencies"),
        *("topics", "groups", "models", "queues", "lists", "streams"),
        *("live", "ready", "page", "protected", "debug", "metrics", "metrics_names"),
    }
)
"""Names, paths and sizes: whoever puts a secret there shows it."""

URLS = ("url", "monitor_url", "management_url", "redirect_from")
SECRET = frozenset({*URLS, "password", "monitor_password", "token", "headers"})

SCHEMES = {
    "redis": "redis://{user}:{secret}@127.0.0.1:{port}/0",
    "postgres": "postgresql://{user}:{secret}@127.0.0.1:{port}/shop",
    "rabbitmq": "amqp://{user}:{secret}@127.0.0.1:{port}/%2F",
    "kafka": "127.0.0.1:{port}",
    "mlflow": "http://{user}:{secret}@127.0.0.1:{port}",
    "http": "http://{user}:{secret}@127.0.0.1:{port}",
}


def text_fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Names of all fields of a structure, and of those within it, that may hold any text."""
    for name, hint in typing.get_type_hints(kind).items():
        for part in _parts(hint):
            if part is str:
                yield name
            elif isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from text_fields(part)


def _parts(hint: Any) -> Iterator[Any]:
    if typing.get_origin(hint) is typing.Literal:
        return
    inner = typing.get_args(hint)
    if not inner:
        yield hint
    for part in inner:
        yield from _parts(part)


def planted(system: str, field: str, secret: str, port: int = 1) -> dict[str, Any]:
    """Settings of a target with the secret in one field, and without any other."""
    bare = SCHEMES[system].replace("{user}:{secret}@", "").format(port=port)
    login = quote(secret, safe="")
    if field in URLS:
        scheme = {"management_url": "http://{user}:{secret}@127.0.0.1:{port}"}.get(
            field, SCHEMES["http"] if field == "redirect_from" else SCHEMES[system]
        )
        value: Any = scheme.format(user="app", secret=login, port=port)
        return (
            {"url": bare, field: value} if field != "monitor_url" else {field: value, "url": bare}
        )
    value = {"X-Api-Key": secret} if field == "headers" else secret
    more = {"password": "username", "monitor_password": "monitor_username"}
    found = {"url": bare, field: value}
    if field in more:
        found |= {more[field]: "app", "security_protocol": "SASL_PLAINTEXT"}
    if field == "monitor_password":
        found = {k: v for k, v in found.items() if k != "url"} | {"monitor_url": bare}
    return found


QUERIES = {
    "redis": (
        "redis://127.0.0.1:{port}/0?password={secret}",
        "rediss://app@127.0.0.1:{port}/0?ssl_password={secret}",
    ),
    "postgres": (
        "postgresql://app@127.0.0.1:{port}/shop?password={secret}",
        "postgresql+asyncpg://app@127.0.0.1:{port}/shop?sslpassword={secret}",
        "postgresql://app@127.0.0.1:{port}/shop?scram_client_key={secret}",
        "postgresql://app@127.0.0.1:{port}/shop?scram_server_key={secret}",
        "host=127.0.0.1 port={port} user=app password='{quoted}' dbname=shop",
        "host=127.0.0.1 port={port} user=app sslpassword='{quoted}' dbname=shop",
    ),
}
"""Ways to write a secret into a URL, or keywords, beside ``user:password@``."""


def queries(system: str, secret: str, port: int = 1) -> Iterator[dict[str, Any]]:
    """Settings with the secret among a URL's parameters or a keyword string's."""
    quoted = secret.replace("\\", "\\\\").replace("'", "\\'")
    for form in QUERIES.get(system, ()):
        yield {"url": form.format(secret=quote(secret, safe=""), quoted=quoted, port=port)}


def toml(system: str, name: str, settings: dict[str, Any]) -> str:
    """A target's table."""
    lines = [f"[{system}.{name}]"]
    for key, value in settings.items():
        if isinstance(value, dict):
            inner = ", ".join(
                f'"{k}" = {msgspec.json.encode(v).decode()}' for k, v in value.items()
            )
            lines.append(f"{key} = {{ {inner} }}")
        else:
            lines.append(f"{key} = {msgspec.json.encode(value).decode()}")
    return "\n".join(lines) + "\n"
