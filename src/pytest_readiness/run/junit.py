"""pytest's JUnit file, made to say what the scorecard says before pytest writes it.

pytest makes test cases of reports, while reports come in; the scorecard knows what became of a
check in the end. So every finding's cases (those of its reruns, of both its halves where teardown
failed too, of each worker that judged it) become one, made of the finding. What else stands in the
file, such as a module that cannot be imported, stays as pytest has it.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Generator, Iterable, Mapping, Sequence
from typing import NamedTuple

import pytest
from _pytest.junitxml import LogXML, _NodeReporter, bin_xml_escape, mangle_test_address, xml_key

from pytest_readiness.model import Finding, Outcome, Scorecard
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import junit as says
from pytest_readiness.reports.junit import Name
from pytest_readiness.run.selection import VERDICT

_OUTPUTS = ("system-out", "system-err")
_WORST_FIRST = ("error", "failure", "skipped")


class Gated(NamedTuple):
    """What the gate makes of the verdict."""

    fails: bool
    why: str | None
    """What it stands on, where that is not the rule that decided the verdict."""


class _Case:
    """A finished test case, as pytest asks for one when it writes the file."""

    def __init__(self, element: ET.Element) -> None:
        self._element = element

    def to_xml(self) -> ET.Element:
        """The element."""
        return self._element


class JUnit:
    """Follows which test cases pytest makes of which check, and rewrites them at the end."""

    def __init__(self, config: pytest.Config, redactor: Redactor) -> None:
        self._config = config
        self._redactor = redactor
        self._nodes: dict[int, str] = {}
        """Node ids by the identity of pytest's own test case, which forgets whose it was."""

    @property
    def _log(self) -> LogXML | None:
        return self._config.stash.get(xml_key, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, None, None]:
        """Remember whose the test cases are that pytest begins for this report."""
        log = self._log
        if log is None:
            return (yield)
        before = len(log.node_reporters_ordered)
        try:
            yield
        finally:
            for case in log.node_reporters_ordered[before:]:
                self._nodes.setdefault(id(case), report.nodeid)

    def finish(self, card: Scorecard, gate: Gated) -> None:
        """Make the file say what the scorecard says; call it when all reports are in."""
        log = self._log
        if log is None:
            return
        log.suite_name = self._harmless(log.suite_name)
        for name, value in says.properties(card).items():
            log.add_global_property(name, value)
        log.global_properties[:] = [
            (self._harmless(n), self._harmless(v)) for n, v in log.global_properties
        ]
        cases = self._cases(log, card, gate)
        log.node_reporters_ordered[:] = [_Case(case) for case in cases]  # type: ignore[misc]  # all it is asked for
        _count(log, cases)

    def _harmless(self, text: str) -> str:
        """The text without secrets, and without what no XML may hold."""
        return bin_xml_escape(self._redactor.text(text))

    def _taken(self, reporter: _NodeReporter) -> ET.Element:
        """A test case of pytest's, made harmless: no report carried all that stands in it."""
        case = reporter.to_xml()
        for element in case.iter():
            element.text = self._harmless(element.text) if element.text else element.text
            element.attrib.update({n: self._harmless(v) for n, v in element.attrib.items()})
        return case

    def _cases(self, log: LogXML, card: Scorecard, gate: Gated) -> list[ET.Element]:
        """All test cases in pytest's order, each finding's once."""
        findings = {finding.node: finding for finding in card.findings}
        made: dict[str, list[ET.Element]] = {}
        order: list[str | ET.Element] = []
        for reporter in log.node_reporters_ordered:
            node, element = self._node(reporter, findings), self._taken(reporter)
            if node is None:
                if not self._begun_only(reporter, element):
                    order.append(element)
                continue
            if node not in made:
                order.append(node)
            made.setdefault(node, []).append(element)
        # What no report was seen of, another plugin kept to itself.
        order = [entry for entry in order if entry != VERDICT]
        order += [*(node for node in findings if node not in made), VERDICT]
        named = _names(log, card.findings, made, [e for e in order if isinstance(e, ET.Element)])

        def case(entry: str | ET.Element) -> ET.Element:
            if isinstance(entry, ET.Element):
                return entry
            if entry == VERDICT:
                return _verdict(_verdict_name(log), card, gate, made.get(VERDICT, ()))
            return _case(findings[entry], named[entry], made.get(entry, ()))

        return [case(entry) for entry in order]

    def _begun_only(self, reporter: _NodeReporter, case: ET.Element) -> bool:
        """Whether the run ended in the middle of a check: of its setup pytest makes a case without
        a name, which readers would count as passed."""
        return id(reporter) in self._nodes and not any(e.tag in _WORST_FIRST for e in case)

    def _node(self, reporter: _NodeReporter, findings: Mapping[str, Finding]) -> str | None:
        """Whose a test case is; None for what is neither a finding nor the verdict."""
        node = self._nodes.get(id(reporter))
        if node is None or node == VERDICT or node in findings:
            return node
        # One that came past the door where node ids are made harmless has a harmless one here.
        node = self._redactor.clean(node)
        return node if node in findings else None


def _names(
    log: LogXML,
    findings: Sequence[Finding],
    made: dict[str, list[ET.Element]],
    others: Iterable[ET.Element],
) -> dict[str, Name]:
    """Unique class names and names of the findings' cases, by node id."""
    prefix = f"{log.prefix}." if log.prefix else ""
    wanted = {node: Name(prefix + c, n) for node, (c, n) in says.names(findings).items()}
    for finding in filter(says.own, findings):
        attributes = made[finding.node][0].attrib if finding.node in made else {}
        *classes, name = mangle_test_address(finding.node)
        wanted[finding.node] = Name(
            attributes.get("classname", prefix + ".".join(classes)), attributes.get("name", name)
        )
    taken = {Name(e.get("classname", ""), e.get("name", "")) for e in others}
    return says.unique(wanted, taken | {_verdict_name(log)})


def _case(finding: Finding, name: Name, made: Sequence[ET.Element]) -> ET.Element:
    """The one test case of a finding, made of it and of what pytest kept."""
    case = _begun(name, finding.duration, made, places=says.own(finding) or bool(finding.file))
    if finding.outcome in says.SKIPPED:
        skipped = ET.SubElement(case, "skipped", message=says.message(finding))
        skipped.set("type", f"readiness.{finding.outcome.value}")
        skipped.text = says.text(finding)
    elif finding.outcome.wrong:
        # No type: a reader puts it before the message, which begins with the severity.
        tag = "error" if finding.outcome is Outcome.ERROR else "failure"
        wrong = ET.SubElement(case, tag, message=says.message(finding))
        told = _tracebacks(made) if says.own(finding) else []
        wrong.text = "\n\n".join((says.text(finding), *told))
    _append_outputs(case, made, "" if finding.outcome.wrong else _note(finding))
    return case


def _note(finding: Finding) -> str:
    return "" if finding.outcome in says.SKIPPED else says.note(finding)


def _begun(name: Name, duration: float, made: Sequence[ET.Element], *, places: bool) -> ET.Element:
    """A test case with its name, its time, and what its check recorded about itself.

    Args:
        name: class name and name.
        duration: seconds, where pytest made no case.
        made: pytest's cases of the same check.
        places: whether its file is one of the user's; that of a built-in check would say where
            Python is installed.
    """
    attributes = dict(made[0].attrib) if made else {}
    if not places:
        for key in ("file", "line", "url"):
            attributes.pop(key, None)
    seconds = sum(float(e.get("time", 0)) for e in made) if made else duration
    case = ET.Element("testcase", {**attributes, **name._asdict(), "time": f"{seconds:.3f}"})
    recorded = {
        (p.get("name", ""), p.get("value", "")): p for e in made for p in e.iterfind("*/property")
    }
    if recorded:
        ET.SubElement(case, "properties").extend(recorded.values())
    return case


def _tracebacks(made: Iterable[ET.Element]) -> list[str]:
    found = (e.text for case in made for e in case if e.tag in ("failure", "error") and e.text)
    return list(dict.fromkeys(found))


def _append_outputs(case: ET.Element, made: Iterable[ET.Element], note: str) -> None:
    """What the check printed, and before it what is to be said of its pass."""
    for tag in _OUTPUTS:
        texts = [e.text for old in made for e in old.iterfind(tag) if e.text]
        first = [note] if note and tag == "system-out" else []
        if first or texts:
            ET.SubElement(case, tag).text = "\n".join((*first, *texts))


def _verdict_name(log: LogXML) -> Name:
    classname, name = says.VERDICT
    return Name(f"{log.prefix}.{classname}" if log.prefix else classname, name)


def _verdict(name: Name, card: Scorecard, gate: Gated, made: Sequence[ET.Element]) -> ET.Element:
    """The verdict's own case: a failure where the gate fails, and never without its words."""
    case = _begun(name, 0.0, made, places=False)
    if gate.fails:
        failure = ET.SubElement(case, "failure", message=says.verdict_message(card, gate.why))
        failure.text = says.verdict_text(card, gate.why)
    else:
        ET.SubElement(case, "system-out").text = says.verdict_text(card, gate.why)
    return case


def _count(log: LogXML, cases: Sequence[ET.Element]) -> None:
    """Make the figures of the suite those of its cases, each counted once, by its worst."""
    counts = dict.fromkeys(log.stats, 0)
    for case in cases:
        tags = {child.tag for child in case}
        worst = next((tag for tag in _WORST_FIRST if tag in tags), "passed")
        counts[worst] += 1
    log.stats = counts
    log.cnt_double_fail_tests = 0
