"""The client library: which part of it is needed, and whether it is there.

The package imports its clients at once, and with them three times as much as its messages alone.
So the package itself is put off until somebody asks for a name of its own.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

from pytest_readiness.systems.base import ClientMissing


def protocol() -> Any:
    """``BrokerVersionData``, once all messages of the library can be imported.

    Raises:
        ClientMissing: kafka-python is not installed, or one before 3.0.
    """
    return _imported(_protocol)


def sasl() -> Callable[[str], Any]:
    """What gives the class of a SASL mechanism by its name.

    Raises:
        ClientMissing: kafka-python is not installed, or one before 3.0.
    """
    found: Callable[[str], Any] = _imported(_sasl)
    return found


def client() -> tuple[Any, Any, Callable[..., Any]]:
    """The package, its errors, and the class of its inner client.

    Raises:
        ClientMissing: kafka-python is not installed, or one before 3.0.
    """
    found: tuple[Any, Any, Callable[..., Any]] = _imported(_client)
    return found


class _PutOff(ModuleType):
    """A package whose parts can be imported, and which runs when it is asked for a name."""

    _running = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        with self._running:
            # Another thread may have been faster, or the package asks while it is being run.
            if type(self) is _PutOff and "_run" not in vars(self):
                vars(self)["_run"] = True
                try:
                    assert self.__spec__ is not None
                    assert self.__spec__.loader is not None
                    self.__spec__.loader.exec_module(self)
                except BaseException:
                    del vars(self)["_run"]
                    raise
                del vars(self)["_run"]
                self.__class__ = ModuleType  # type: ignore[assignment]  # it is one like all others now
        try:
            return vars(self)[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def _put_off(name: str) -> None:
    """Have a package run later, unless it has been imported already."""
    if name in sys.modules:
        return
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        package = module_from_spec(spec)
        package.__class__ = _PutOff
        sys.modules.setdefault(name, package)


def _protocol() -> Any:
    _put_off("kafka")
    from kafka.protocol.broker_version_data import BrokerVersionData

    return BrokerVersionData


def _sasl() -> Any:
    _put_off("kafka")
    from kafka.net.sasl import get_sasl_mechanism

    return get_sasl_mechanism


def _client() -> tuple[Any, Any, Callable[..., Any]]:
    import kafka
    import kafka.errors
    from kafka.net.compat import KafkaNetClient

    return kafka, kafka.errors, KafkaNetClient


def _imported(wanted: Callable[[], Any]) -> Any:
    try:
        try:
            return wanted()
        except DeprecationWarning:
            return _in_peace(wanted)
    except ImportError:
        raise ClientMissing("kafka-python (3.0 or later)", "kafka") from None


def _in_peace(wanted: Callable[[], Any]) -> Any:
    """Import the library again after a warning, made an error by the user's tests, broke it off:
    it reads its schemas by a call that is deprecated in Python 3.11 and 3.12."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "kafka"]:
        del sys.modules[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return wanted()
