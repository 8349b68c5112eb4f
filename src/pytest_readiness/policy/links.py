"""Checklist items that name the checks which measure them: held against the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec.structs import replace

from pytest_readiness.policy.checklists.items import Document, Item, Link
from pytest_readiness.policy.checks import Change, CheckNames, CheckSettings, Named
from pytest_readiness.policy.errors import SettingsError, meant_check, suggestion

Checks = dict[str, CheckSettings]


def with_links(
    documents: Sequence[Document],
    names: CheckNames,
    targets: Iterable[Named],
    checks: Mapping[str, CheckSettings],
    own: Collection[str],
) -> tuple[tuple[Document, ...], Checks]:
    """The checklists with links to present ids, and the settings with what links ask of checks.

    A threshold in a checklist is one in the settings: the check is run once, and what makes it
    easier is listed like any other relaxation. An optional check that a link names is asked.

    Args:
        documents: the checklists.
        names: the catalogue.
        targets: all that are configured.
        checks: what the settings change.
        own: ids of sign-offs and commands.

    Raises:
        SettingsError: a link to no check, target or threshold, or two that contradict each other.
    """
    held = _Held(names, list(targets), dict(checks), own)
    return tuple(held.document(document) for document in documents), held.checks


class _Held:
    def __init__(
        self, names: CheckNames, targets: list[Named], checks: Checks, own: Collection[str]
    ) -> None:
        self.names = names
        self.targets = targets
        self.checks = checks
        self.own = own
        self.asked: dict[tuple[str, str | None, str], str] = {}
        """Check, target and threshold to where a link set it."""

    def document(self, document: Document) -> Document:
        items = []
        for item in document.items:
            where = f"{document.file}:{item.line}"
            links = tuple(self._link(where, link) for link in item.links)
            items.append(replace(item, links=links) if links else item)
        return replace(document, items=tuple(items))

    def _link(self, where: str, link: Link) -> Link:
        check = self.names.canonical(link.check)
        thresholds = self.names.thresholds(check)
        if thresholds is None:
            if check.startswith("readiness::"):
                raise SettingsError(
                    f"{where}: {check!r} is the name of a test; name the check, such as "
                    "redis.persistence, and its target with target=…"
                )
            if "::" not in check and check not in self.own:
                known = (*self.names.ids(), *self.own)
                raise SettingsError(f"{where}: unknown check {check!r}{meant_check(check, known)}")
            if link.limits:
                raise SettingsError(f"{where}: {check} has no thresholds that could be set")
            return link
        self._hold_target(where, check, link.target)
        for name in link.limits:
            if name not in thresholds:
                raise SettingsError(
                    f"{where}: {check} has no threshold {name!r}{suggestion(name, thresholds)}"
                )
        self._ask(where, check, link)
        return replace(link, check=check)

    def _hold_target(self, where: str, check: str, target: str | None) -> None:
        system = check.partition(".")[0]
        here = [t.name for t in self.targets if t.system == system]
        if target is not None and target not in here:
            raise SettingsError(
                f"{where}: {check}: no {system} target {target!r}{suggestion(target, here)}"
            )

    def _ask(self, where: str, check: str, link: Link) -> None:
        """Let the settings say what a link says."""
        settings = self.checks.get(check, CheckSettings())
        change: Change = settings
        if link.target is not None:
            change = settings.targets.get(link.target, Change())
        for name, value in link.limits.items():
            known = change.thresholds.get(name)
            key = (check, link.target, name)
            if known is not None and known != value:
                other = self.asked.get(key, "the settings")
                raise SettingsError(
                    f"{where}: {check}: {name} is {value:g} here and {known:g} in {other}; one "
                    "check has one threshold on a target"
                )
            self.asked[key] = where
        limits = {**change.thresholds, **link.limits}
        enabled = settings.on(link.target).enabled
        change = replace(change, thresholds=limits, enabled=True if enabled is None else enabled)
        if link.target is not None:
            settings = replace(settings, targets={**settings.targets, link.target: change})
            self.checks[check] = settings
        else:
            assert isinstance(change, CheckSettings)
            self.checks[check] = change


def to_own(documents: Iterable[Document]) -> list[tuple[str, str]]:
    """Links to users' checks, known once pytest has collected them: where, and to what."""
    return [
        (f"{document.file}:{item.line}", link.check)
        for document in documents
        for item in document.items
        for link in item.links
        if "::" in link.check
    ]


def measured_by(item: Item) -> tuple[str, ...]:
    """Labels of the checks that measure an item: ``redis.persistence[cache]``."""
    return tuple(f"{x.check}[{x.target}]" if x.target else x.check for x in item.links)
