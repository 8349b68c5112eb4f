"""From the present back to the commit that brought a tick, or a line, through all branches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, NamedTuple, TypeVar

from pytest_readiness.provenance.git import GitError
from pytest_readiness.provenance.history import MOST_COMMITS, Blob, Commit, History
from pytest_readiness.provenance.marks import SHALLOW, Mark, without

K = TypeVar("K", bound=Hashable)


class At(NamedTuple):
    """Something in one version of the file."""

    oid: str
    line: int
    """From 1 on."""


class Edge(NamedTuple):
    """The way from a version to an older one."""

    sha: str
    name: str
    blob: Blob


Step = Callable[[At, str], "At | None"]
"""Where it is in an older version; None if it is not there (yet). Raises Unreadable."""


class Unreadable(Exception):
    """A version that nobody can read: neither proof nor disproof."""


def origins(history: History, start: Mapping[K, At], step: Step) -> dict[K, Mark]:
    """For each thing of the version that is checked out, the commit that brought it.

    Where git fails on the way, what is not found by then is unknown.
    """
    while True:
        walk = _Walk(history, start, step)
        try:
            history.load()
            if walk.ended():
                return walk.found
        except GitError as error:
            unknown = without("unknown", str(error))
            return {thing: walk.found.get(thing, unknown) for thing in start}
        # An older name of the file came to light: the same again, with its commits as well.


class _Walk(Generic[K]):
    """One pass over the commits, children before their parents.

    Where several histories lead to the same thing the latest commit that brought it counts: the
    first met here.
    """

    def __init__(self, history: History, start: Mapping[K, At], step: Step) -> None:
        self.found: dict[K, Mark] = {}
        self._history = history
        self._step = step
        self._start = start
        self._waiting: dict[tuple[str, str], dict[K, At]] = {}

    def ended(self) -> bool:
        """Whether it came to an end; if not, the file has an older name to be followed."""
        history = self._history
        if history.commits:
            # Histories that begin here meet in their newest commit.
            self._waiting[history.commits[0].sha, history.names[0]] = dict(self._start)
        for commit in history.commits:
            if len(self.found) == len(self._start):
                return True
            for name in tuple(history.names):
                things = self._waiting.pop((commit.sha, name), {})
                sought = {thing: at for thing, at in things.items() if thing not in self.found}
                if sought and not self._pass_on(commit, name, sought):
                    return False
        why = f"its history is longer than {MOST_COMMITS} commits"
        for thing in self._start:
            self.found.setdefault(thing, without("unknown", why))
        return True

    def _pass_on(self, commit: Commit, name: str, things: dict[K, At]) -> bool:
        edges = self._edges(commit, name)
        if edges is None:
            return False
        own = self._history.blob(commit.sha, name)
        for thing, at in things.items():
            older = [(edge, self._older(at, edge.blob.oid)) for edge in edges]
            for edge, there in older:
                if there:
                    self._waiting.setdefault((edge.sha, edge.name), {}).setdefault(thing, there)
            if not any(there for _, there in older):
                if self._unheard(commit, name):
                    return False
                self.found[thing] = self._settled(commit, at, own)
        return True

    def _unheard(self, commit: Commit, name: str) -> bool:
        """Whether a merge has sides on which the file was called as nobody knew yet."""
        history = self._history
        merge = commit.sha in history.merges
        return merge and history.learn(history.older_names(commit.sha, name))

    def _older(self, at: At, oid: str) -> At | None:
        if at.oid == oid:
            return at
        self._history.in_time()
        try:
            return self._step(at, oid)
        except Unreadable:
            # As if that version were not there: what is older decides.
            return at

    def _settled(self, commit: Commit, at: At, own: Blob | None) -> Mark:
        if commit.sha in self._history.shallow:
            return without("shallow", SHALLOW)
        if own is None or own.oid != at.oid:
            why = f"the version of commit {commit.sha[:10]} cannot be read"
            return without("unknown", why)
        return commit.mark()

    def _edges(self, commit: Commit, name: str) -> list[Edge] | None:
        """The older versions; None if one has a name that was not known."""
        history = self._history
        edges = [self._edge(sha, (name,)) for sha in commit.parents]
        if (edges and all(edges)) or commit.sha in history.shallow:
            return [edge for edge in edges if edge]
        older = history.older_names(commit.sha, name)
        if history.learn(older):
            return None
        # A merge brings a branch that renamed the file together with one that did not.
        names = tuple(history.names if commit.sha in history.merges else older)
        again = (e or self._edge(sha, names) for e, sha in zip(edges, commit.parents, strict=True))
        return [edge for edge in again if edge]

    def _edge(self, sha: str, names: tuple[str, ...]) -> Edge | None:
        for name in names:
            blob = self._history.blob(sha, name)
            if blob:
                return Edge(sha, name, blob)
        return None
