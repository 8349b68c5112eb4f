"""``python -m tests.benchmarks``: prints each benchmark's figures."""

from __future__ import annotations

from tests.benchmarks import entry_point, round_trips

if __name__ == "__main__":
    entry_point.main()
    round_trips.main()
