"""What the settings declare must be in the database."""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.postgres.probe import PostgresProbe


@readiness.high(
    remedy='Declare what the service needs: tables = ["orders"], extensions = ["pgcrypto"], '
    'alembic = "alembic.ini".',
    category="delivery",
    effort="minutes",
    source="nothing can be missed that nobody asked for",
    demand="intent",
)
def intent_declared(postgres_probe: PostgresProbe) -> None:
    """Is it declared what must be in the database, so that a missing migration is noticed?"""
    settings = postgres_probe.settings
    _ = postgres_probe.facts
    declared = "something" if settings.intended else "nothing"
    assert measure("declared of tables, extensions and migrations", declared) == "something"


@readiness.blocker(
    remedy="CREATE EXTENSION name; in the application's database, as its owner or a superuser.",
    category="delivery",
    effort="minutes",
    source="a first start that fails on gen_random_bytes()",
)
def extensions_installed(postgres_probe: PostgresProbe) -> None:
    """Are the declared extensions installed in the application's database?"""
    wanted = postgres_probe.settings.extensions
    if not wanted:
        not_applicable('no extensions are declared; say extensions = ["pgcrypto"]')
    facts = postgres_probe.facts
    missing = [name for name in wanted if name not in facts.database.extensions]
    shown = measure(f"extensions missing in {facts.session.database}", ", ".join(missing) or "none")
    assert shown == "none"


@readiness.blocker(
    remedy="Run the migrations; or mend the search_path: ALTER ROLE app SET search_path = …; or "
    "open the schema: GRANT USAGE ON SCHEMA s TO app;",
    category="delivery",
    effort="minutes",
    source="a start before its migrations",
)
def tables_present(postgres_probe: PostgresProbe) -> None:
    """Does the application find the declared tables?"""
    if not postgres_probe.settings.tables:
        not_applicable('no tables are declared; say tables = ["orders"]')
    facts = postgres_probe.facts
    missing = ", ".join(facts.missing_tables) or "none"
    assert measure(f"tables {facts.role.name} does not find", missing) == "none"


@readiness.blocker(
    remedy="alembic upgrade head",
    ref="https://alembic.sqlalchemy.org/en/latest/tutorial.html",
    category="delivery",
    effort="minutes",
    source="Alembic documentation; a deployment without its migration",
    privilege="SELECT on alembic_version, for the application's role",
)
def migrations_at_head(postgres_probe: PostgresProbe) -> None:
    """Is the database at the head of the migrations at hand?"""
    if postgres_probe.settings.alembic is None:
        not_applicable('no migrations are declared; say alembic = "alembic.ini"')
    facts = postgres_probe.facts
    head = ", ".join(sorted(facts.heads))
    have = ", ".join(sorted(facts.revisions)) or "none"
    assert measure("revision of the database", have) == head
