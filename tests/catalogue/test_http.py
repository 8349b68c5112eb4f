"""What each check says of services in known states, behind a real nginx and without one."""

from __future__ import annotations

from typing import Any
from unittest import mock

from pytest_readiness.systems.http.checks import transport
from tests.catalogue.http_services import (
    CARELESS,
    EVERY,
    EXAMPLE,
    OLD_NGINX,
    PAGE,
    SHOP,
    TOKEN,
    app,
    judged,
    production,
    target_of,
)
from tests.catalogue.states import Said, proof_of, state
from tests.recipes import block
from tests.sandbox import Sandbox
from tests.sandbox.ports import free_port


@state("http", passed=EVERY, not_applicable={"encrypted_across_public_network"})
def exemplary(box: Sandbox) -> Said:
    """examples/production/http as it is, with the places of this machine filled in."""
    server = production(box)
    target = target_of((EXAMPLE / "readiness.toml").read_text("utf-8"))
    target |= {"url": server.url, "redirect_from": server.plain_url}
    return judged(**target, token=TOKEN, ca_file=str(box.ca))


def _old(box: Sandbox, tls: str = "expiring") -> Any:
    return box.start("http", app=CARELESS, nginx=OLD_NGINX, tls=tls)


@state(
    "http",
    failed={
        *("dependencies_ok", "metrics_exposed", "certificate_valid", "old_tls_refused"),
        *("plaintext_redirected", "hsts", "authentication_required", "debug_pages_closed"),
        *("files_closed", "stack_traces_hidden", "foreign_origins_refused", "security_headers"),
        "versions_hidden",
    },
    passed={
        *("reachable", "live", "ready", "certificate_trusted", "encrypted", "answer_complete"),
        *("latency", "success_ratio", "intent_declared", "credentials_accepted"),
    },
    not_applicable={"encrypted_across_public_network"},
)
def online_as_it_was_on_a_laptop(box: Sandbox) -> Said:
    server = _old(box)
    return judged(
        server.url,
        ca_file=str(box.ca),
        ready="/ready",
        dependencies=("db",),
        metrics="/metrics",
        protected=("/admin",),
        token=TOKEN,
        redirect_from=server.plain_url,
    )


@state(
    "http",
    failed={"certificate_trusted"},
    passed={"reachable", "live", "encrypted", "authentication_required", "certificate_valid"},
    blocked={"credentials_accepted"},
    not_applicable={"plaintext_redirected"},
)
def a_certificate_for_another_name(box: Sandbox) -> Said:
    server = box.start("http", app=SHOP, nginx=OLD_NGINX, tls="other-name")
    return judged(server.url, ca_file=str(box.ca), protected=("/admin",), token=TOKEN)


@state("http", failed={"certificate_trusted", "certificate_valid"}, passed={"live"})
def an_expired_certificate(box: Sandbox) -> Said:
    server = box.start("http", app=SHOP, nginx=OLD_NGINX, tls="expired")
    return judged(server.url, ca_file=str(box.ca), live="/health")


@state("http", not_applicable={"hsts"}, failed={"old_tls_refused"})
def reached_by_its_address(box: Sandbox) -> Said:
    url = _old(box).url.replace("localhost", "127.0.0.1")
    return judged(url, ca_file=str(box.ca))


@state(
    "http",
    failed={"encrypted", "intent_declared"},
    passed={"reachable", "live", "success_ratio", "debug_pages_closed", "files_closed"},
    not_applicable={
        *("ready", "dependencies_ok", "metrics_exposed", "authentication_required"),
        *("certificate_trusted", "certificate_valid", "old_tls_refused", "hsts"),
        *("plaintext_redirected", "credentials_accepted", "encrypted_across_public_network"),
        "page_answers",
    },
)
def plaintext_with_nothing_declared(box: Sandbox) -> Said:
    return judged(app(box, SHOP).url)


@state(
    "http",
    failed={
        *("live", "ready", "success_ratio", "credentials_accepted", "dependencies_ok"),
        "page_answers",
    },
    passed={"reachable", "authentication_required"},
    blocked={"latency", "answer_complete", "security_headers", "versions_hidden", "hsts"},
)
def a_service_without_its_database(box: Sandbox) -> Said:
    down = {"status": 503, "body": {"status": "down", "checks": {"db": "down"}}}
    answers = {"/": down, "/ready": down, "/admin": {"needs": "Bearer of last year"}}
    server = box.start("http", app=answers, nginx=OLD_NGINX, tls="valid")
    declared = {"ready": "/ready", "dependencies": ("db",), "protected": ("/admin",)}
    return judged(server.url, ca_file=str(box.ca), token=TOKEN, page="/", **declared)


@state(
    "http",
    failed={"latency"},
    passed={"reachable", "live", "answer_complete"},
    blocked={"ready", "success_ratio", "metrics_exposed"},
)
def a_slow_service(box: Sandbox) -> Said:
    """What does not fit into the deadline is not seen; the rest is."""
    slow = {"seconds": 1.2}
    server = app(box, {"/": slow, "*": {"seconds": 20}})
    return judged(server.url, ready="/ready", metrics="/metrics", timeout=4)


@state("http", blocked={"latency"}, passed={"reachable", "live"})
def too_slow_to_be_measured_often(box: Sandbox) -> Said:
    return judged(app(box, {"/": {"seconds": 0.4}}).url, timeout=2)


@state("http", failed={"answer_complete"}, passed={"reachable", "live", "success_ratio"})
def a_page_that_drips(box: Sandbox) -> Said:
    server = app(box, {"/": {}, "/page": {"drip": 0.1}})
    return judged(server.url, page="/page", timeout=2)


@state("http", blocked={"answer_complete"}, passed={"live"})
def a_page_of_megabytes(box: Sandbox) -> Said:
    server = app(box, {"/": {}, "/page": {"body": "x" * 3_000_000}})
    return judged(server.url, page="/page", requests=2)


@state("http", failed={"success_ratio"}, passed={"live", "latency", "page_answers"})
def a_page_that_fails_now_and_then(box: Sandbox) -> Said:
    """The live path is in order all the time, so a balancer sees nothing of it."""
    return judged(app(box, {"/": {}, "/page": {"fails": 5}}).url, page="/page")


@state(
    "http",
    blocked={"authentication_required", "credentials_accepted"},
    passed={"reachable"},
)
def protected_by_what_may_be_no_login(box: Sandbox) -> Said:
    """A form with status 200, the start page for every path, a path that is not there."""
    form = {"body": "<form><input type=password></form>", "headers": PAGE["headers"]}
    server = app(box, {"/form": form, "/gone": {"status": 404}, "*": PAGE})
    return judged(server.url, protected=("/form", "/page", "/gone"), token=TOKEN)


@state("http", failed={"success_ratio"}, passed={"reachable"})
def every_fifth_request_fails(box: Sandbox) -> Said:
    return judged(app(box, {"/": {"fails": 5}, "*": {"status": 404}}).url)


@state("http", blocked={"success_ratio"}, passed={"reachable", "live", "latency"})
def a_limit_of_rate(box: Sandbox) -> Said:
    return judged(_old(box).plain_url, live="/limited", requests=10)


@state(
    "http",
    blocked={"live", "ready", "authentication_required", "dependencies_ok", "debug_pages_closed"},
    failed={"credentials_accepted"},
    passed={"reachable", "files_closed"},
)
def answers_that_tell_nothing(box: Sandbox) -> Said:
    """A start page for every path, text for JSON, a redirect that is no login."""
    moved = {"status": 302, "headers": {"Location": "/admin/home"}}
    server = app(
        box, {"/admin": moved, "/private": {"status": 403}, "/docs": {"body": "x"}, "*": PAGE}
    )
    return judged(
        server.url,
        live="/health",
        ready="/ready",
        dependencies=("db",),
        protected=("/admin", "/private"),
        debug=("/docs", "/debug/vars"),
        token=TOKEN,
    )


@state("http", passed={"authentication_required", "debug_pages_closed", "metrics_exposed"})
def a_login_page_and_hidden_paths(box: Sandbox) -> Said:
    login = {"status": 302, "headers": {"Location": "/accounts/login/?next=/admin"}}
    answers = {**SHOP, "/admin": login, "/docs": {"status": 403}, "/metrics": {"body": "up 1\n"}}
    server = app(box, answers)
    return judged(server.url, protected=("/admin",), debug=("/docs",), metrics="/metrics")


@state("http", failed={"metrics_exposed", "foreign_origins_refused", "debug_pages_closed"})
def metrics_that_are_missing(box: Sandbox) -> Said:
    every = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}
    answers = {**SHOP, "/metrics": {"body": "up 1\n"}, "/": {"headers": every}}
    server = app(box, answers)
    return judged(server.url, metrics="/metrics", metrics_names=("orders",), debug=("/docs",))


@state("http", passed={"foreign_origins_refused"})
def a_public_api(box: Sandbox) -> Said:
    return judged(app(box, {"/": {"headers": {"Access-Control-Allow-Origin": "*"}}}).url)


@state("http", failed={"encrypted_across_public_network"})
def plaintext_across_a_public_network(box: Sandbox) -> Said:
    # No test may have an address that the internet routes; all else is as it would be there.
    with mock.patch.object(transport, "is_public", return_value=True):
        return judged(app(box, SHOP).url)


@state("http", passed={"encrypted_across_public_network"})
def encrypted_over_a_public_network(box: Sandbox) -> Said:
    with mock.patch.object(transport, "is_public", return_value=True):
        return judged(_old(box).url, ca_file=str(box.ca))


@state("http", failed={"reachable"}, blocked=EVERY - {"reachable"})
def nobody_there(box: Sandbox) -> Said:
    declared = {"ready": "/ready", "protected": ("/admin",)}
    return judged(f"https://localhost:{free_port()}", **declared)


test_state = proof_of("http")


def test_the_recipe_shows_everything(box: Sandbox) -> None:
    """docs/privileges/http.md as it is: nothing is blocked."""
    server = production(box)
    target = target_of(block("http")) | {"url": server.url, "ca_file": str(box.ca)}
    said = judged(**target, token=TOKEN)
    assert [(name, one.message) for name, one in said.items() if one.outcome == "blocked"] == []
    assert said["credentials_accepted"].outcome == "passed"
