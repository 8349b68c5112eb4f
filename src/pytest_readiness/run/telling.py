"""The decided scorecard, told to whoever implements ``pytest_readiness_scorecard``."""

from __future__ import annotations

import inspect
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pluggy import HookImpl

from pytest_readiness.model import Scorecard
from pytest_readiness.run.gate import Gate

HOOK = "pytest_readiness_scorecard"


class Telling:
    """Calls each implementation by itself: one that raises is a line, and the others are called."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Tell it when the files are written, those of other plugins too, JUnit's among them."""
        try:
            result = yield
        except KeyboardInterrupt:
            raise
        except BaseException:
            # What another plugin could not finish takes nothing from the verdict.
            self._tell(session)
            raise
        self._tell(session)
        return result

    def _tell(self, session: pytest.Session) -> None:
        card = self._gate.scorecard
        if card is None:
            return
        # The last one registered is called first, as pytest does it.
        for implementation in reversed(getattr(session.config.hook, HOOK).get_hookimpls()):
            name = _name(implementation, session.config.rootpath)
            try:
                why = _call(session.config, implementation, card)
            except KeyboardInterrupt:
                self._gate.trouble(f"{HOOK} of {name} was interrupted; none after it is called")
                session.exitstatus = pytest.ExitCode.INTERRUPTED
                return
            except pytest.exit.Exception as error:
                self._gate.trouble(f"{HOOK} of {name} ended the run: {error.msg}")
                session.exitstatus = error.returncode or session.exitstatus
                return
            except BaseException as error:  # pytest.fail() and sys.exit() are no Exception
                why = _told(error)
            if why is not None:
                self._gate.trouble(f"{HOOK} of {name}: {why}")


def _call(config: pytest.Config, implementation: HookImpl, card: Scorecard) -> str | None:
    """Call one implementation; returns what is wrong with it, or None."""
    manager = config.pluginmanager
    others = [plugin for plugin in manager.get_plugins() if plugin is not implementation.plugin]
    call: Any = manager.subset_hook_caller(HOOK, remove_plugins=others)
    # Its own: a scorecard is frozen, but the mappings in it are not.
    own = msgspec.convert(msgspec.to_builtins(card), Scorecard)
    for result in call(config=config, scorecard=own):
        if inspect.iscoroutine(result):
            result.close()
            return "it is async, and nothing awaits it; make it a plain function"
    return None


def _name(implementation: HookImpl, root: Path) -> str:
    """How people know a plugin: a conftest by its file, as seen from pytest's root folder."""
    name = implementation.plugin_name
    if name.isdigit():  # registered without one
        return type(implementation.plugin).__name__
    path = Path(name)
    return str(path.relative_to(root)) if path.is_relative_to(root) else name


def _told(error: BaseException) -> str:
    text = next(iter(str(error).strip().splitlines()), "")
    name = type(error).__name__
    return f"{name}: {text}" if text else name
