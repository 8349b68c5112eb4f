"""Redis' URLs: what redis-py understands of them, as a TLS context and as a client's options."""

from __future__ import annotations

import re
import ssl
from typing import Any

from pytest_readiness.systems.base import Unreachable
from pytest_readiness.systems.net import tls_context
from pytest_readiness.systems.urls import Url, parse

PORT = 6379
_PLAIN = ("redis", "valkey")
_SECURED = ("rediss", "valkeys")
SCHEMES = (*_PLAIN, *_SECURED)

_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_CERT_REQS = ("none", "optional", "required")
_TLS_TEXTS = (
    "ssl_ca_certs",
    "ssl_ca_path",
    "ssl_ca_data",
    "ssl_certfile",
    "ssl_keyfile",
    "ssl_password",
    "ssl_ciphers",
)
_TLS = (*_TLS_TEXTS, "ssl_cert_reqs", "ssl_check_hostname", "ssl_min_version")
_WHOLE = ("db", "protocol", "ssl_min_version")
# Understood by redis-py, and without meaning for one connection that the deadline bounds.
_OTHERS = [
    "client_name",
    "encoding",
    "encoding_errors",
    "decode_responses",
    "health_check_interval",
    "lib_name",
    "lib_version",
    "legacy_responses",
    "max_connections",
    "retry_on_error",
    "retry_on_timeout",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_read_size",
    "socket_timeout",
    "timeout",
    "ssl_validate_ocsp",
    "ssl_validate_ocsp_stapled",
    "ssl_include_verify_flags",
    "ssl_exclude_verify_flags",
    "username",
    "password",
]
PARAMETERS = frozenset((*_TLS, *_WHOLE, *_OTHERS))
"""Query parameters of a URL that redis-py knows (``redis.connection.parse_url``, 5.2 to 8)."""

_SIZE = re.compile(r"(\d{1,18})(b|k|kb|m|mb|g|gb)?", re.ASCII | re.IGNORECASE)
_UNITS = {"k": 10**3, "kb": 2**10, "m": 10**6, "mb": 2**20, "g": 10**9, "gb": 2**30}


def size(text: str | int) -> int | None:
    """Bytes of a size as redis.conf writes it (1k is 1000, 1kb is 1024); None if it is none."""
    match = _SIZE.fullmatch(str(text).strip())
    if match is None or not int(match[1]):
        return None
    return int(match[1]) * _UNITS.get((match[2] or "b").lower(), 1)


def wrong(url: str) -> str | None:
    """What is wrong with a URL, without repeating any of its values; None if nothing."""
    try:
        way = parse(url, PORT)
    except ValueError as error:
        return str(error)
    if way.scheme not in SCHEMES:
        return f"scheme {way.scheme!r} is none of redis, rediss, valkey, valkeys"
    unknown = sorted(set(way.query) - PARAMETERS)
    if unknown:
        return f"parameter {unknown[0]!r} is none that redis-py knows"
    if way.path and not _is_whole(way.path.strip("/")):
        return "the path is the number of a database: redis://host:6379/0"
    return _wrong_value(way)


def _wrong_value(way: Url) -> str | None:
    for name in _WHOLE:
        if name in way.query and not _is_whole(way.query[name]):
            return f"parameter {name!r} takes a whole number"
    if way.query.get("ssl_check_hostname", "yes").lower() not in _BOOLEANS:
        return "parameter 'ssl_check_hostname' takes true or false"
    if way.query.get("ssl_cert_reqs", "required") not in _CERT_REQS:
        return f"parameter 'ssl_cert_reqs' takes one of {', '.join(_CERT_REQS)}"
    return None


def _is_whole(text: str) -> bool:
    # Python reads no number of thousands of digits.
    return text.isdecimal() and len(text) < 10


def database(way: Url) -> int:
    """Number of the database; the parameter ``db`` goes before the path, as in redis-py."""
    return int(way.query.get("db") or way.path.strip("/") or 0)


def user(way: Url) -> str:
    """Name of the user whom the URL logs in."""
    return way.user or way.query.get("username") or "default"


def password(way: Url) -> str | None:
    """Password of that user; None if the URL gives none."""
    return way.password or way.query.get("password")


def _checks_hostname(way: Url) -> bool:
    """Whether the certificate's name is checked: only where the certificate is verified."""
    wanted = _BOOLEANS[way.query.get("ssl_check_hostname", "yes").lower()]
    return wanted and way.query.get("ssl_cert_reqs", "required") == "required"


def context(way: Url) -> ssl.SSLContext | None:
    """The TLS context a URL asks for; None for a plaintext one.

    A certificate is verified, its name too, unless the URL says otherwise.

    Raises:
        Unreachable: a file of authorities, a certificate or a key cannot be read.
    """
    if way.scheme not in _SECURED:
        return None
    given = way.query
    demand = given.get("ssl_cert_reqs", "required")
    made = tls_context(
        given.get("ssl_ca_certs"),
        verify=demand != "none",
        check_hostname=_checks_hostname(way),
    )
    try:
        _refine(made, given)
    except (OSError, ValueError) as error:
        raise Unreachable(f"the TLS parameters of the URL cannot be used: {error}") from None
    return made


def _refine(made: ssl.SSLContext, given: dict[str, str]) -> None:
    if given.get("ssl_cert_reqs") == "optional":
        made.verify_mode = ssl.CERT_OPTIONAL
    if "ssl_ca_path" in given or "ssl_ca_data" in given:
        made.load_verify_locations(capath=given.get("ssl_ca_path"), cadata=given.get("ssl_ca_data"))
    if "ssl_certfile" in given:
        made.load_cert_chain(
            given["ssl_certfile"], given.get("ssl_keyfile"), given.get("ssl_password")
        )
    if "ssl_min_version" in given:
        made.minimum_version = ssl.TLSVersion(int(given["ssl_min_version"]))
    if "ssl_ciphers" in given:
        made.set_ciphers(given["ssl_ciphers"])


def options(way: Url) -> dict[str, Any]:
    """What ``redis.Redis`` is to be called with to go the way of a URL."""
    found: dict[str, Any] = {
        "host": way.host,
        "port": way.port,
        "db": database(way),
        "username": way.user or way.query.get("username"),
        "password": password(way),
        "protocol": int(way.query.get("protocol", 2)),
        "client_name": way.query.get("client_name"),
    }
    if way.scheme in _SECURED:
        found |= {name: way.query[name] for name in _TLS_TEXTS if name in way.query}
        found |= {
            "ssl": True,
            "ssl_cert_reqs": way.query.get("ssl_cert_reqs", "required"),
            "ssl_check_hostname": _checks_hostname(way),
        }
        if "ssl_min_version" in way.query:
            found["ssl_min_version"] = ssl.TLSVersion(int(way.query["ssl_min_version"]))
    return found


def verifies(way: Url) -> str:
    """``verified``, or what of a server's certificate a URL leaves unverified."""
    if way.query.get("ssl_cert_reqs", "required") != "required":
        return f"not verified (ssl_cert_reqs={way.query['ssl_cert_reqs']})"
    return "verified" if _checks_hostname(way) else "verified but for its name"
