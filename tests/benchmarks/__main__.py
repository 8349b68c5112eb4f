"""``python -m tests.benchmarks [NAME …]``: prints the figures of all benchmarks, or of those."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = (
    "entry_point",
    "round_trips",
    "whole_run",
    "silent",
    "judging",
    "thousand",
    "workers",
    "reports",
)

if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        import_module(f"tests.benchmarks.{name}").main()
