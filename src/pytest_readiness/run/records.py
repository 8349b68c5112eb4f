"""What people wrote down as checks of a run: which there are, and how pytest collects them.

They need no fixture and look at no target: the controller judges them when everything else has
been, because an item may be measured by other checks. So pytest collects and selects them like any
check, and no process runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from pytest_readiness.policy.load import Policy
from pytest_readiness.run.catalogue import CheckSpec
from pytest_readiness.run.outlets import part
from pytest_readiness.run.state import CHECK, Check, Record


def records(policy: Policy, clean: Callable[[str], str]) -> dict[str, Record]:
    """All records of the settings, by node id.

    Args:
        policy: the settings, and the checklists that they name.
        clean: makes a text harmless. No process but the controller judges records, so their node
            ids are what they will be from the start: a word of a title may be somebody's password.
    """
    found: dict[str, Record] = {}
    for record in (*_items(policy), *_attestations(policy)):
        place = tuple(map(clean, record.place))
        unique, number = record._replace(place=place), 1
        while unique.node in found:
            number += 1
            unique = record._replace(place=(*place[:-1], f"{place[-1]}-{number}"))
        found[unique.node] = unique
    return found


def _items(policy: Policy) -> Iterable[Record]:
    for document in policy.documents:
        for item in document.items:
            spec = CheckSpec(
                id=f"checklist.{item.slug}",
                system="checklist",
                function=_written,
                severity=item.severity,
                title=item.title,
                ref=item.ref,
                owner=item.owner,
            )
            place = ("checklist", document.file, item.slug)
            yield Record(place, item.slug, spec, document.file, document.file, item.line)


def _attestations(policy: Policy) -> Iterable[Record]:
    for attestation in policy.settings.attestations:
        spec = CheckSpec(
            id=f"attestation.{attestation.id}",
            system="attestation",
            function=_written,
            severity=attestation.severity,
            title=attestation.title,
            remedy=attestation.remedy,
            owner=attestation.owner,
        )
        line = policy.lines.get(attestation.id)
        place = ("attestation", attestation.id)
        yield Record(place, attestation.id, spec, None, policy.source, line)


def _written() -> None:
    """What is written down is no function that could be called.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("another plugin runs what is judged at the end of the run")


class RecordItem(pytest.Item):
    """One record, which is selected like any check and judged at the end."""

    record: Record

    def runtest(self) -> None:
        """Refuse: nothing here can be run."""
        _written()

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is written."""
        record = self.record
        path = self.config.rootpath / (record.file or "readiness")
        return path, record.line - 1 if record.line else None, record.spec.id


class Records(pytest.Collector):
    """Records whose node ids begin alike: ``readiness::attestation``."""

    held: Sequence[Record]
    depth: int

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The records, or what stands between."""
        return nodes(self, self.held, self.depth + 1)


def nodes(
    parent: pytest.Collector, held: Iterable[Record], depth: int = 0
) -> Iterable[pytest.Item | pytest.Collector]:
    """The nodes of records below a node, in their order.

    Args:
        parent: the node whose names are the first ``depth`` of theirs.
        held: the records.
        depth: names that are spent.
    """
    groups: dict[str, list[Record]] = {}
    for record in held:
        groups.setdefault(record.place[depth], []).append(record)
    for name, group in groups.items():
        if len(group[0].place) == depth + 1:
            yield _item(parent, group[0])
        else:
            node = Records.from_parent(parent, name=name)
            node.held, node.depth = group, depth
            yield node


def _item(parent: pytest.Collector, record: Record) -> RecordItem:
    item: RecordItem = RecordItem.from_parent(parent, name=record.place[-1])
    item.record = record
    part(item, item.nodeid)
    item.stash[CHECK] = Check(record.spec, record.system, record.target, built_in=False)
    item.add_marker(pytest.mark.readiness(severity=record.spec.severity.value))
    words = {record.spec.id, record.system, record.target}
    item.extra_keyword_matches.update(word for word in words if word)
    return item


class Unrun:
    """Keeps pytest from running records, in every process that collects them."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Take a record's turn without running anything."""
        if not isinstance(item, RecordItem):
            return None
        # What the check before it left set up for a next one, as far as the next cannot use it.
        item.session._setupstate.teardown_exact(nextitem)
        return True
