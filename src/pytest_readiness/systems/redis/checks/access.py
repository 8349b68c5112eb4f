"""Who is let in, and with what rights."""

from __future__ import annotations

from types import SimpleNamespace

from pytest_readiness.evidence import measure
from pytest_readiness.markers import at_most, readiness
from pytest_readiness.outcomes import not_applicable
from pytest_readiness.systems.redis.probe import RedisProbe

SECURITY = "Redis security guide"


@readiness.blocker(
    remedy="CONFIG SET requirepass …, or ACL SETUSER default off; then CONFIG REWRITE.",
    category="security",
    effort="minutes",
    source=SECURITY,
    demand="authentication",
)
def password_required(redis_probe: RedisProbe) -> None:
    """Is a client without credentials refused?"""
    facts = redis_probe.facts
    if facts.anonymous == "refused without a certificate":
        # The certificate is the credential; a port without TLS does not ask for it.
        assert (
            measure("port that asks for neither certificate nor password", facts.config.port) == "0"
        )
        return
    assert measure("client without credentials", facts.anonymous) == "refused"


@readiness.blocker(
    remedy="ACL SETUSER NAME resetpass >$(openssl rand -hex 32), then ACL SAVE or CONFIG REWRITE.",
    category="security",
    effort="minutes",
    source="OWASP, default credentials",
    since="6.0",
    privilege="ACL +acl|list",
    demand="authentication",
    managed=True,
)
def passwords_not_guessable(redis_probe: RedisProbe) -> None:
    """Are the users' passwords other than those that everybody tries first?"""
    guessable = [user.name for user in redis_probe.facts.users if user.guessable]
    assert measure("users with a well-known password", _listed(guessable)) == "none"


@readiness.high(
    remedy="ACL SETUSER NAME resetpass >PASSWORD, or ACL SETUSER NAME off; then ACL SAVE.",
    category="security",
    effort="minutes",
    source=SECURITY,
    since="6.0",
    privilege="ACL +acl|list",
    demand="authentication",
    managed=True,
)
def users_have_passwords(redis_probe: RedisProbe) -> None:
    """Does every named user need a password?"""
    # The default user is judged by what a stranger really gets: password_required.
    users = [user for user in redis_probe.facts.users if user.name != "default"]
    open_to_all = [user.name for user in users if user.nopass]
    assert measure("users whom any password lets in", _listed(open_to_all)) == "none"


@readiness.medium(
    remedy="Give the application a user of its own: "
    "ACL SETUSER app on >… ~app:* +@all -@admin -@dangerous",
    category="security",
    effort="hours",
    source=SECURITY,
    since="6.0",
    privilege="ACL +acl|getuser",
    demand="authentication",
)
def app_user_limited(redis_probe: RedisProbe) -> None:
    """Does the application log in as a user of its own, with fewer than all rights?"""
    app = redis_probe.facts.app
    assert measure("the application's user", app.user) != "default"
    commands = "all" if app.unlimited else "some"
    assert measure(f"commands that user {app.user} may run", commands) != "all"


@readiness.high(
    remedy="ACL SETUSER app -@admin -@dangerous, then give back what it really needs.",
    category="security",
    effort="hours",
    source=SECURITY,
    since="7.0",
    privilege="ACL +acl|dryrun",
    # Production's question: on a staging box one password for all is a sane choice.
    demand="hardening",
    managed=True,
)
def dangerous_commands_denied(redis_probe: RedisProbe) -> None:
    """Is the application kept from commands that wipe, stall or end the server?"""
    app = redis_probe.facts.app
    allowed = _listed(app.dangerous)
    assert measure(f"dangerous commands that user {app.user} may run", allowed) == "none"


@readiness.medium(
    remedy="Set enable-debug-command, enable-module-command and enable-protected-configs to no "
    "in redis.conf and restart.",
    category="security",
    effort="minutes",
    source=SECURITY,
    since="7.0",
    privilege="ACL +config|get",
    managed=True,
)
def debug_commands_closed(redis_probe: RedisProbe) -> None:
    """Are DEBUG, MODULE and protected settings closed to clients from elsewhere?"""
    config = redis_probe.facts.config
    for name in ("enable_debug_command", "enable_module_command", "enable_protected_configs"):
        assert measure(name.replace("_", "-"), getattr(config, name)) != "yes"


@readiness.low(
    remedy="Find the client at that address: it has an old password, or it guesses. ACL LOG.",
    category="security",
    effort="hours",
    source="OWASP, logging of failed logins",
    since="6.0",
    privilege="ACL +acl|log",
    thresholds=[at_most("per_hour", 10, unit="logins", source="more than a typing error")],
    demand="monitoring",
)
def failed_logins(redis_probe: RedisProbe, limits: SimpleNamespace) -> None:
    """Are logins rarely refused?"""
    failed = redis_probe.facts.failed_logins
    most = failed[0].count if failed else 0
    whence = f" from {failed[0].address}" if failed else ""
    name = f"logins refused within the last hour{whence}"
    assert measure(name, most, unit="logins") <= limits.per_hour


@readiness.low(
    remedy="ACL SETUSER app resetkeys ~app:*",
    category="security",
    effort="hours",
    source=SECURITY,
    since="6.0",
    privilege="ACL +acl|getuser",
    # Only a server that several services share gains by it, and a laptop's never does.
    optional=True,
    demand="hardening",
    managed=True,
)
def app_keys_limited(redis_probe: RedisProbe) -> None:
    """Is the application kept to keys of its own?"""
    app = redis_probe.facts.app
    patterns = app.keys.split()
    if not patterns:
        not_applicable(f"user {app.user} has no right on any key")
    assert measure(f"keys of user {app.user}", " ".join(patterns)) != "~*"
    assert measure(f"patterns of user {app.user} that mean all keys", patterns.count("~*")) == 0


def _listed(names: list[str] | tuple[str, ...]) -> str:
    return ", ".join(names[:10]) or "none"
