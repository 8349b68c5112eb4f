"""Round trips that show how the server answers when two want the same."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems.postgres import conflicts
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.medium(
    remedy="Mend what round_trip shows; let the application repeat 40001, 40P01, 55P03 and lost "
    "connections only, never 23505.",
    category="reachability",
    effort="hours",
    source="an order that was placed twice",
    privilege="TEMPORARY on the database, for the application's role",
    writes=True,
)
def duplicate_refused(postgres_probe: PostgresProbe) -> None:
    """Is a duplicate key refused at once, as the application expects it?"""
    _takes_writes(postgres_probe)
    answer = conflicts.duplicate(postgres_probe.client, postgres_probe.timeout)
    assert measure("answer to a duplicate key", answer) == "unique_violation (23505)"


@readiness.medium(
    remedy="ALTER ROLE app SET lock_timeout = '10s'; statement_timeout bounds the wait, too.",
    category="configuration",
    effort="minutes",
    source="a migration that everybody waited for",
    demand="limits",
    writes=True,
    optional=True,
)
def lock_wait_ends(postgres_probe: PostgresProbe) -> None:
    """Does the application give up a lock that another session holds?"""
    timeouts, patience = postgres_probe.facts.timeouts, postgres_probe.timeout
    longest = conflicts.first_of(timeouts.lock, timeouts.statement)
    if longest is not None and longest >= patience:
        blocked(
            f"it gives up after {longest:g} s at most; timeout = {longest + 5:g} waits for that"
        )
    # Without any timeout it would wait for ever, and a second shows that as well as an hour.
    patience = min(patience, (longest or 0) + 1)
    answer = conflicts.lock_wait(postgres_probe.client, postgres_probe.connect, patience)
    assert measure("answer to a lock that is held", answer) == "gave up"


@readiness.medium(
    remedy="ALTER SYSTEM SET deadlock_timeout = '1s'; SELECT pg_reload_conf();",
    thresholds=[at_most("seconds", 3, unit="s", source="deadlock_timeout is 1 s by default")],
    category="configuration",
    effort="minutes",
    source="PostgreSQL documentation, deadlock_timeout",
    writes=True,
    # It takes a second or more, leaves two lines in the server's log, and is itself counted by
    # deadlocks_rare.
    optional=True,
)
def deadlock_broken(postgres_probe: PostgresProbe, limits: SimpleNamespace) -> None:
    """Does the server break a deadlock soon?"""
    patience = min(postgres_probe.timeout, limits.seconds + 1)
    broken = conflicts.deadlock(postgres_probe.client, postgres_probe.connect, patience)
    assert measure("answer to a deadlock", broken.answer) == "deadlock_detected (40P01)"
    assert measure("deadlock broken after", broken.seconds, unit="s") <= limits.seconds


def _takes_writes(probe: PostgresProbe) -> None:
    if probe.settings.role == "replica":
        not_applicable("declared a replica")
