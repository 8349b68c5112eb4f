"""What travels comes out as it went in: facts, findings on their way to the controller, reports."""

from __future__ import annotations

import datetime as dt
import marshal
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import execnet
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.model import Scorecard
from pytest_readiness.policy.settings import Settings
from pytest_readiness.recorder import Comparison
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import writer_for
from pytest_readiness.run.findings import Findings
from pytest_readiness.run.part import ATTRIBUTE, Part, packed, unpacked
from pytest_readiness.run.store import FactsStore
from pytest_readiness.systems import registry
from pytest_readiness.systems.base import Facts, Observation
from tests.unit.generated import ANYTHING, same, values

FACTS = {name: system.probe_type().facts_type for name, system in registry().items()}

# Structures of a hundred fields take a while to make up.
wide = settings(max_examples=25, suppress_health_check=[HealthCheck.data_too_large])


def through_the_store(seen: Observation) -> Observation:
    """What another worker reads of an observation."""

    def again() -> Observation:
        raise AssertionError("it was not there to be read")

    with tempfile.TemporaryDirectory() as folder:
        FactsStore(Path(folder)).get("redis.cache", lambda: seen, 1)
        return FactsStore(Path(folder)).get("redis.cache", again, 1)


@pytest.mark.parametrize("system", FACTS)
@wide
@given(data=st.data())
def test_facts_between_workers(system: str, data: st.DataObject) -> None:
    kind: type[Facts] = FACTS[system]
    facts = data.draw(values(kind))
    read = through_the_store(Observation(facts=msgspec.to_builtins(facts), elapsed_ms=1.5))
    assert same(msgspec.convert(read.facts, kind), facts)


@given(st.text() | st.none(), st.booleans(), st.floats())
def test_a_failure_between_workers(failure: str | None, broken: bool, elapsed: float) -> None:
    seen = Observation(failure=failure, broken=broken, elapsed_ms=elapsed)
    assert same(through_the_store(seen), seen)


@pytest.mark.parametrize("size", [0, 1, 10, -1])
def test_a_file_that_was_cut_short_is_observed_anew(tmp_path: Path, size: int) -> None:
    whole = marshal.dumps(msgspec.to_builtins(Observation(failure="of the other")))
    (tmp_path / "redis.cache.facts").write_bytes(whole[:size])
    seen = Observation(failure="observed anew")
    assert FactsStore(tmp_path).get("redis.cache", lambda: seen, 1) == seen


# As a server or a check may leave them: numbers that JSON lacks, lone surrogates, control signs.
MEASURED = st.one_of(
    *(ANYTHING, st.binary(), st.integers(10**400, 10**401), st.complex_numbers()),
    *(st.builds(object), st.text(st.characters(codec=None))),
)


@given(st.text(st.characters(codec=None)), MEASURED, MEASURED, st.booleans())
def test_a_finding_to_the_controller(name: str, value: Any, expected: Any, ok: bool) -> None:
    policy = SimpleNamespace(settings=Settings())
    run: Any = SimpleNamespace(redactor=Redactor(), policy=policy, today=dt.date(2026, 1, 1))
    findings = Findings(run)
    evidence = findings._evidence(Comparison(name, value, name, "==", expected, ok))
    report = pytest.TestReport("x.py::test", ("x.py", 0, "test"), {}, "passed", None, "call")
    part = Part(evidence=(evidence,), message="not so")
    setattr(report, ATTRIBUTE, packed(part))
    # As xdist sends it; a value that it cannot send would end the run with exit status 0.
    sent = execnet.loads(execnet.dumps(report._to_json()))
    came = getattr(pytest.TestReport._from_json(sent), ATTRIBUTE)
    assert same(msgspec.to_builtins(unpacked(came)), msgspec.to_builtins(part))


@given(values(Part, finite=True))
def test_a_part_of_a_finding_comes_out_as_it_went_in(part: Part) -> None:
    assert unpacked(packed(part)) == part


@wide
@given(values(Scorecard, finite=True))
def test_the_report_is_the_scorecard(card: Scorecard) -> None:
    read = msgspec.json.decode(writer_for("r.json")(card), type=Scorecard)
    assert msgspec.to_builtins(read) == msgspec.to_builtins(card)
