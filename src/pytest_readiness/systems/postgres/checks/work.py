"""How the application works with it: timeouts, transactions, one round trip."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.postgres import roundtrip
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.high(
    remedy="ALTER ROLE app SET statement_timeout = '30s';",
    thresholds=[at_most("seconds", 60, unit="s", source="CIS PostgreSQL benchmark 5")],
    category="configuration",
    effort="minutes",
    source="CIS PostgreSQL Benchmark 5",
    # It belongs to the role's rights, and on a laptop nobody sets up a role.
    demand="limits",
)
def statement_timeout(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is a statement of the application ended before it holds everybody up?"""
    facts = postgres_probe.facts
    name, value = "statement_timeout", facts.timeouts.statement
    if not value and facts.timeouts.transaction:
        # A statement that is in no transaction is one by itself.
        name, value = "transaction_timeout", facts.timeouts.transaction
    timeout = measure(f"{name} of {facts.role.name}", value, unit="s")
    assert timeout > 0
    assert timeout <= limits.seconds


@readiness.medium(
    remedy="ALTER ROLE app SET lock_timeout = '10s';",
    thresholds=[at_most("seconds", 30, unit="s", source="half of a request's usual deadline")],
    category="configuration",
    effort="minutes",
    source="a migration that everybody waited for",
    demand="limits",
)
def lock_timeout(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does the application not wait for a lock for ever?"""
    facts = postgres_probe.facts
    timeout = measure(f"lock_timeout of {facts.role.name}", facts.timeouts.lock, unit="s")
    assert timeout > 0
    assert timeout <= limits.seconds


@readiness.medium(
    remedy="ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';",
    thresholds=[at_most("seconds", 300, unit="s", source="pgMonitor idle in transaction")],
    category="configuration",
    effort="minutes",
    source="pgMonitor idle in transaction",
    demand="limits",
)
def idle_in_transaction_timeout(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is a transaction ended that the application has forgotten?"""
    facts = postgres_probe.facts
    idle, whole = facts.timeouts.idle_in_transaction_session, facts.timeouts.transaction
    # From version 17 on a whole transaction can be bounded, and its idle part with it.
    name, value = "idle_in_transaction_session_timeout", idle
    if not idle and whole:
        name, value = "transaction_timeout", whole
    timeout = measure(f"{name} of {facts.role.name}", value, unit="s")
    assert timeout > 0
    assert timeout <= limits.seconds


@readiness.high(
    remedy="End them in the code; ALTER ROLE app SET idle_in_transaction_session_timeout = '60s';",
    thresholds=[
        at_most("age", 300, unit="s", source="pgmetrics; check_postgres txn_time"),
        at_most("idle", 300, unit="s", source="check_postgres txn_idle"),
    ],
    category="operations",
    effort="hours",
    source="pgMonitor; check_postgres txn_time",
    privilege="pg_monitor",
)
def long_transactions(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does no transaction stay open for long and keep VACUUM from its work?"""
    seen = postgres_probe.facts.activity
    idle = seen.longest_idle_in_transaction
    assert measure("longest transaction", seen.longest_transaction, unit="s") <= limits.age
    assert measure("longest idle in transaction", idle, unit="s") <= limits.idle


@readiness.blocker(
    remedy="Look for a full disk, slow fsync, a standby that synchronous_standby_names waits for.",
    thresholds=[at_most("commit", 1000, unit="ms", source="a hundred times a healthy disk's")],
    category="reachability",
    effort="hours",
    source="a first write after every deployment",
    privilege="TEMPORARY on the database, for the application's role",
    writes=True,
)
def round_trip(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Is a row taken and read back, and does a commit return in time?"""
    if postgres_probe.settings.role == "replica":
        not_applicable("declared a replica")
    trip = roundtrip.travel(postgres_probe.client, postgres_probe.timeout)
    assert measure("answer to a write", trip.answer) == "taken"
    assert measure("row read back", "as written" if trip.same else "otherwise") == "as written"
    assert measure("commit", trip.commit_ms, unit="ms") <= limits.commit
