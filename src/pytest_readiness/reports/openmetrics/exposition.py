"""Prometheus' text format, in the words that every reader of it knows.

The readers differ: the node exporter and the Pushgateway read text format 0.0.4, which has no
state sets, infos or units, and refuse a page for one unknown word; OpenMetrics' readers want the
end marked and nothing empty. So all metrics are gauges, a name ends in its unit, ``# UNIT`` and
``# EOF`` stand where they are comments to the older readers, and no value has a time of its own.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

Number = float | int | bool | None

LONGEST = 200
"""Characters of a label's value; a longer one is cut, and ends in a digest of the whole: what
differs behind the cut stays apart."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, ends of lines, and halves of characters, which UTF-8 cannot hold."""

_UNITS = ("seconds", "ratio")


class Sample(NamedTuple):
    """One series of a metric, and its value."""

    labels: Mapping[str, object]
    value: Number
    """None where there is no value, which is ``NaN`` in this format."""


class Metric(NamedTuple):
    """A metric with all its series."""

    name: str
    help: str
    """One line; the same for every scorecard, since readers of several files compare it."""
    samples: tuple[Sample, ...]
    omitted: int | None = None
    """Series that its bound leaves out; None for a metric that needs no bound."""


def one(name: str, text: str, value: Number) -> Metric:
    """A metric of a single series without labels of its own."""
    return Metric(name, text, (Sample({}, value),))


def bounded(name: str, text: str, samples: Iterable[Sample], most: int) -> Metric:
    """A metric of so many series at most; of several with the same labels, the first is shown."""
    every = list(samples)
    apart: dict[tuple[object, ...], Sample] = {}
    for sample in every:
        apart.setdefault(tuple(sample.labels.values()), sample)
    shown = tuple(apart.values())[:most]
    return Metric(name, text, shown, len(every) - len(shown))


def page(metrics: Iterable[Metric], common: Mapping[str, object]) -> bytes:
    """A page of metrics, each with the common labels before its own.

    Of series with the same labels the first is written: two of them would make readers refuse
    the page.
    """
    lines: list[str] = []
    for metric in metrics:
        if metric.samples:
            lines += _head(metric)
            lines += _series(metric, common)
    lines.append("# EOF")
    return ("\n".join(lines) + "\n").encode()


def _head(metric: Metric) -> list[str]:
    lines = [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} gauge"]
    unit = metric.name.rpartition("_")[2]
    return [*lines, f"# UNIT {metric.name} {unit}"] if unit in _UNITS else lines


def _series(metric: Metric, common: Mapping[str, object]) -> list[str]:
    found: dict[str, str] = {}
    for sample in metric.samples:
        labels = _labels({**common, **sample.labels})
        found.setdefault(f"{metric.name}{labels}", number(sample.value))
    return [f"{series} {value}" for series, value in found.items()]


def _labels(labels: Mapping[str, object]) -> str:
    return "{" + ",".join(f'{name}="{quoted(value)}"' for name, value in labels.items()) + "}"


def quoted(value: object) -> str:
    """A label's value as it stands between quotes; the empty text for None."""
    text = _UNSEEN.sub(" ", "" if value is None else str(value))
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 9]}…{zlib.crc32(text.encode()):08x}"
    return text.replace("\\", "\\\\").replace('"', '\\"')


def number(value: Number) -> str:
    """A value as Prometheus writes it: ``1``, ``99.5``, ``NaN``, ``+Inf``."""
    if value is None:
        return "NaN"
    if isinstance(value, int):  # a bool is one
        return str(int(value)) if abs(value) < 2**53 else number(_as_float(value))
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def _as_float(value: int) -> float:
    """The nearest number that a sample can hold."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
