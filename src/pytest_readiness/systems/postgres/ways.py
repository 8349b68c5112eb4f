"""The ways into a PostgreSQL as people write them: URLs, dialects, keywords."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote, unquote_plus

from pytest_readiness.systems.postgres.dsn import PORT, Dsn, Node
from pytest_readiness.systems.urls import is_port

SCHEMES = (
    *("postgresql", "postgres", "pgsql", "postgis"),
    *("timescale", "timescaledb", "timescalegis"),
)
"""Schemes that mean PostgreSQL; SQLAlchemy and Django add drivers and flavours."""

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_STRICT = re.compile(
    r"(?:(?P<user>[^:@/?]*)(?::(?P<password>[^@/?]*))?@)?"
    r"(?P<hosts>[^/?]*)(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
# SQLAlchemy takes everything up to the @ for the password, so a / or a ? in it works there.
_LENIENT = re.compile(_STRICT.pattern.replace("[^@/?]*", "[^@]*"), re.DOTALL)
_HOST = re.compile(r"(?P<host>\[[^\]]*\]|[^:@]*)(?::(?P<port>\d*))?")
_PAIR = re.compile(r"\s*(\w+)\s*=\s*('(?:\\.|[^'\\])*'|(?:\\.|[^\s\\'])*)\s*", re.DOTALL)

# Parameters of pools and mappers that share the URL with the driver: none of them reaches libpq.
_FOREIGN = """
schema currentschema connection_limit pool_timeout socket_timeout pgbouncer sslaccept
statement_cache_size pool pool_size max_overflow encoding prepared_statements conn_max_age
timeout command_timeout prepared_statement_cache_size prepared_statement_name_func
max_cached_statement_lifetime max_cacheable_statement_size async_fallback direct_tls
prepare_threshold autocommit unix_sock ssl_context uselibpqcompat
"""
_LIBPQ = """
application_name channel_binding client_encoding connect_timeout dbname
fallback_application_name gssdelegation gssencmode gsslib host hostaddr keepalives
keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts
max_protocol_version min_protocol_version options passfile password port replication
require_auth requirepeer scram_client_key scram_server_key service servicefile sslcert
sslcertmode sslcompression sslcrl sslcrldir sslkey sslkeylogfile sslmode sslnegotiation
sslpassword sslrootcert sslsni ssl_max_protocol_version ssl_min_protocol_version
target_session_attrs tcp_user_timeout user
"""
# pg8000 speaks TLS only if the code hands it a context, which no URL shows: see what the server
# itself enforces, rather than what libpq would choose.
_DEFAULT_MODE = {"pg8000": "allow"}
_FALSE = ("false", "0", "off", "no")


def scheme_of(text: str) -> str | None:
    """The scheme of a URL without its driver, in small letters; None for keywords."""
    match = _SCHEME.match(text.strip())
    return match[1].lower().partition("+")[0] if match else None


def parse(text: str) -> Dsn:
    """Take a URL (of libpq or of SQLAlchemy) or a keyword string apart.

    Raises:
        ValueError: it is neither; the text repeats nothing of it but a scheme or a keyword.
    """
    text = text.strip()
    match = _SCHEME.match(text)
    if match is None:
        return _dsn(_keywords(text), None)
    scheme, _, driver = match[1].lower().partition("+")
    if scheme not in SCHEMES:
        raise ValueError(f"scheme {scheme!r} is none of postgresql, postgres")
    if not text.startswith("://", match.end(1)):
        raise ValueError(f"no URL: {scheme}: must be followed by //")
    return _dsn(_url(text[match.end(1) + 3 :], driver), driver)


def _url(rest: str, driver: str) -> dict[str, str]:
    for form in (_STRICT, _LENIENT):
        match = form.fullmatch(rest)
        if match is not None and all(_HOST.fullmatch(h) for h in match["hosts"].split(",")):
            break
    else:
        raise ValueError("no URL: the host or the port cannot be read; is the password encoded?")
    found = _query(match["query"] or "", unquote_plus if driver else unquote)
    for key in ("user", "password"):
        if match[key]:
            found[key] = unquote(match[key])
    if match["database"]:
        found["dbname"] = unquote(match["database"])
    if match["hosts"]:
        parts = [_HOST.fullmatch(host) for host in match["hosts"].split(",")]
        found["host"] = ",".join(unquote(part["host"].strip("[]")) for part in parts if part)
        found["port"] = ",".join(part["port"] or "" for part in parts if part)
    return found


def _query(query: str, decode: Callable[[str], str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        key, value = decode(key), decode(value)
        # SQLAlchemy writes several hosts as host=a:5432&host=b:5432.
        found[key] = f"{found[key]},{value}" if key in found and key == "host" else value
    hosts = [_HOST.fullmatch(host) for host in found.get("host", "").split(",")]
    if any(part and part["port"] for part in hosts):
        found["host"] = ",".join(part["host"].strip("[]") for part in hosts if part)
        found["port"] = ",".join(part["port"] or "" for part in hosts if part)
    return found


def _keywords(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            raise ValueError("neither a URL (postgresql://…) nor keywords (host=… user=…)")
        value = match[2][1:-1] if match[2].startswith("'") else match[2]
        found[match[1]] = re.sub(r"\\(.)", r"\1", value)
        position = match.end()
    return found


def _dsn(found: dict[str, str], driver: str | None) -> Dsn:
    if "service" in found:
        raise ValueError("service files are not read; write host, user and dbname")
    options = dict(_for_libpq(found, driver))
    user, password = options.pop("user", None), options.pop("password", None)
    database = options.pop("dbname", None)
    # The probe has its own deadline and tries the nodes in order.
    options.pop("load_balance_hosts", None)
    patience = options.pop("connect_timeout", None) or os.environ.get("PGCONNECT_TIMEOUT")
    return Dsn(
        nodes=_nodes(*(options.pop(key, "") for key in ("host", "port", "hostaddr"))),
        user=user,
        password=password,
        database=database,
        options=options,
        driver=driver or None,
        connect_timeout=patience,
    )


def _for_libpq(found: Mapping[str, str], driver: str | None) -> Iterable[tuple[str, str]]:
    if driver in _DEFAULT_MODE:
        yield "sslmode", _DEFAULT_MODE[driver]
    for key, value in found.items():
        if key == "ssl":
            yield "sslmode", _mode(value)
        elif key in _LIBPQ.split() or (not driver and key.lower() not in _FOREIGN.split()):
            # An unknown key of a plain URL goes on to libpq, which refuses it as it would for
            # the application.
            yield key, value


def _mode(word: str) -> str:
    """libpq's ``sslmode`` for the ``ssl`` of asyncpg and JDBC."""
    word = word.lower()
    if word in _FALSE:
        return "disable"
    return word if word in MODES else "require"


def _nodes(hosts: str, ports: str, addresses: str) -> tuple[Node, ...]:
    hosts = hosts or ("" if addresses else os.environ.get("PGHOST", ""))
    ports = ports or os.environ.get("PGPORT", "")
    names, where = hosts.split(","), addresses.split(",") if addresses else []
    if not hosts and where:
        names = where
    numbers = ports.split(",")
    if len(numbers) == 1:
        numbers *= len(names)
    if len(numbers) != len(names) or (where and len(where) != len(names)):
        raise ValueError("as many ports (or addresses) as hosts are needed")
    # A URL or a login there would be shown as the place of the server, password and all.
    if any("://" in n or ("@" in n[1:] and n[0] != "/") for n in (*names, *where)):
        raise ValueError("the host is no name, address or folder")
    if not all(number == "" or is_port(number) for number in numbers):
        raise ValueError("the port is no number from 1 to 65535")
    where = where or [""] * len(names)
    return tuple(
        Node(name or _nearest(int(number or PORT)), int(number or PORT), address or None)
        for name, number, address in zip(names, numbers, where, strict=True)
    )


def _nearest(port: int) -> str:
    """Where libpq goes if no host is given: the machine's socket, if there is one."""
    for folder in ("/var/run/postgresql", "/tmp"):
        if os.path.exists(f"{folder}/.s.PGSQL.{port}"):
            return folder
    return "localhost"
