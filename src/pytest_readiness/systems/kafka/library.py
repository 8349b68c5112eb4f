"""The client library: which part of it is needed, and whether it is there."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
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


def _protocol() -> Any:
    from kafka.protocol.broker_version_data import BrokerVersionData

    return BrokerVersionData


def _sasl() -> Any:
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
