"""Configured commands as pytest items: ``readiness::command::backups``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.policy.commands import Command
from pytest_readiness.run.catalogue import CheckSpec
from pytest_readiness.run.places import FOLDER
from pytest_readiness.run.state import CHECK, Check, Run
from pytest_readiness.run.store import RanStore


class CommandItem(pytest.Item):
    """One command, run by whichever process has its turn."""

    command: Command

    def runtest(self) -> None:
        """Run it, and judge by its exit status and output."""
        # Not before: most runs have no command.
        from pytest_readiness.commands.judging import judge

        judge(self.command, self._ran())

    def _ran(self) -> Any:
        """How it ended: of several workers, one runs it, and all that ask are told."""
        from pytest_readiness.commands.running import bound, run

        folder = getattr(self.config, "workerinput", {}).get(FOLDER)
        if folder is None:
            return run(self.command, self.config.rootpath)
        # Another plugin that runs again what has failed wants to see it run.
        key = f"command.{self.command.id}.{getattr(self, 'execution_count', 1)}"
        here = partial(run, self.command, self.config.rootpath)
        return RanStore(Path(folder)).get(key, here, bound(self.command))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """As people know it: it has no place in a file of tests."""
        return self.config.rootpath / "readiness", 0, self.stash[CHECK].label


class Commands(pytest.Collector):
    """The commands of the settings: ``readiness::command``."""

    run: Run

    def collect(self) -> Iterable[pytest.Item]:
        """One item a command, in the order of the settings."""
        from pytest_readiness.commands.running import bound

        for command in self.run.policy.settings.commands:
            item: CommandItem = CommandItem.from_parent(self, name=command.id)
            item.command = command
            item.stash[CHECK] = Check(as_check(command), "command", None, built_in=False)
            item.add_marker(pytest.mark.readiness(severity=command.severity.value))
            # It ends the command itself, and says why; pytest's timeout would only say when.
            # It may have to wait for another worker that has it, and run it after all.
            item.add_marker(pytest.mark.timeout(2 * bound(command)))
            item.extra_keyword_matches.update({f"command.{command.id}", "command"})
            yield item


def commands(parent: pytest.Collector, run: Run) -> Iterable[pytest.Collector]:
    """Their node, if there are any."""
    if run.policy.settings.commands:
        node = Commands.from_parent(parent, name="command")
        node.run = run
        yield node


def as_check(command: Command) -> CheckSpec:
    """A command as the check that it is."""
    return CheckSpec(
        id=f"command.{command.id}",
        system="command",
        function=CommandItem.runtest,
        severity=command.severity,
        title=command.asks,
        remedy=command.remedy,
        owner=command.owner,
    )
