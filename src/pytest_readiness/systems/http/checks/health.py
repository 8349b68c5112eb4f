"""Is it there, is it well, and does it say so to those who watch over it?"""

from __future__ import annotations

from pytest_readiness.evidence import measure
from pytest_readiness.markers import readiness
from pytest_readiness.outcomes import blocked, not_applicable
from pytest_readiness.systems import common
from pytest_readiness.systems.exchange import Reply
from pytest_readiness.systems.http.probe import HttpProbe
from pytest_readiness.systems.http.words import NO_STATE, good


@readiness.blocker(
    remedy="Start the service, or open the route from here to it: curl -v URL",
    category="reachability",
    effort="minutes",
    source="Google SRE Book, launch checklist",
)
def reachable(http_probe: HttpProbe) -> None:
    """Does the service answer over HTTP within its deadline?"""
    common.reach(http_probe)


@readiness.blocker(
    remedy='Mend what curl -i URL/LIVE shows, or name the right path: live = "/health"',
    category="reachability",
    effort="hours",
    source="Kubernetes: liveness, readiness and startup probes",
)
def live(http_probe: HttpProbe) -> None:
    """Does the live path answer with success?"""
    facts = http_probe.facts
    _well(facts.live)
    _small(facts.live, "live")
    if facts.live_anyway:
        blocked(_ANYWAY.format(path=facts.live.path))


@readiness.blocker(
    remedy="Mend what the answer names: curl -i URL/READY; then the dependency's own checks.",
    category="reachability",
    effort="hours",
    source="Kubernetes: liveness, readiness and startup probes",
)
def ready(http_probe: HttpProbe) -> None:
    """Does the service call itself ready for its work?"""
    facts, path = http_probe.facts, http_probe.declared.ready
    if path is None:
        not_applicable('no readiness path is declared: ready = "/ready"')
    said = facts.ready
    _well(said.reply)
    _small(said.reply, "ready")
    if said.anyway:
        blocked(_ANYWAY.format(path=path))
    if said.said is not None:
        assert measure(f"state that GET {path} tells", _state(said.said)) == "ok"


@readiness.blocker(
    remedy="Mend the dependency that is named, or have the readiness path ask it and name it.",
    category="reachability",
    effort="hours",
    source="Microsoft Azure: health endpoint monitoring pattern",
)
def dependencies_ok(http_probe: HttpProbe) -> None:
    """Does the readiness path name every declared dependency, and call it well?"""
    facts, declared = http_probe.facts, http_probe.declared
    if not declared.dependencies:
        not_applicable('no dependency is declared: dependencies = ["db", "cache"]')
    said, mute = facts.ready, []
    if not said.json:
        blocked(f"GET {declared.ready} answers no JSON, so it names no dependency")
    for name in declared.dependencies:
        word = said.dependencies.get(name, "not named")
        if word == NO_STATE:
            mute.append(name)
        else:
            assert measure(f"{name} in the answer of {declared.ready}", _state(word)) == "ok"
    if mute:
        blocked(f"GET {declared.ready} names {mute[0]}, but not whether it is well")


@readiness.high(
    remedy="Mend what curl -i URL/PAGE shows, or name a page that is there.",
    category="reachability",
    effort="hours",
    source="house rule: a service that is alive may still show its clients errors",
)
def page_answers(http_probe: HttpProbe) -> None:
    """Does the declared page of the application answer without an error?"""
    facts, path = http_probe.facts, http_probe.declared.page
    if path is None:
        not_applicable('no page is declared: page = "/"')
    assert measure(f"status of GET {path}", facts.page.reply.status) < 400


@readiness.high(
    remedy='Say what it must answer: ready = "/ready", protected = ["/admin"], '
    'metrics = "/metrics"',
    demand="intent",
    category="configuration",
    effort="minutes",
    source="house rule: what nobody declares, nobody judges",
)
def intent_declared(http_probe: HttpProbe) -> None:
    """Is it declared what the service must answer, and to whom?"""
    declared = http_probe.declared
    _ = http_probe.facts
    named = [declared.ready, declared.metrics, *declared.protected]
    assert measure("declared paths of ready, protected and metrics", len(_given(named))) >= 1


@readiness.medium(
    remedy="Expose them: prometheus_client.make_asgi_app(), micrometer, promhttp.Handler(); "
    "curl -s URL/METRICS | promtool check metrics",
    demand="monitoring",
    category="operations",
    effort="hours",
    source="Prometheus: exposition formats",
)
def metrics_exposed(http_probe: HttpProbe) -> None:
    """Does the metrics path show the declared metrics, in a text that Prometheus can read?"""
    facts, path = http_probe.facts, http_probe.declared.metrics
    if path is None:
        not_applicable('no metrics path is declared: metrics = "/metrics"')
    seen = facts.metrics
    _well(seen.reply)
    assert measure(f"text of {path}", seen.problem or "readable") == "readable"
    assert measure(f"samples in {path}", seen.samples) >= 1
    if seen.missing and seen.reply.end != "complete":
        blocked(f"{path} was not read to its end, so {seen.missing[0]} may be in it")
    named = f" ({', '.join(seen.missing[:3])})" if seen.missing else ""
    assert measure(f"declared metrics that are missing{named}", len(seen.missing)) == 0


_ANYWAY = "GET {path} shows the start page that any path shows, so it says nothing of the service"


def _well(reply: Reply) -> None:
    leads = f" (to {reply.location})" if reply.location else ""
    assert measure(f"status of GET {reply.path}{leads}", reply.status) < 300
    if reply.end != "cut":
        assert measure(f"body of GET {reply.path}", reply.end) == "complete"


def _small(reply: Reply, name: str) -> None:
    """A body that is not read to its end may have none."""
    if reply.end == "cut":
        first = f"the first {reply.size} bytes of GET {reply.path} are not all of it"
        blocked(f'{first}; name a path that answers briefly: {name} = "/health"')


def _state(word: str) -> str:
    return "ok" if good(word) else word[:80]


def _given(values: list[str | None]) -> list[str]:
    return [value for value in values if value]
