"""``python -m pytest_readiness``: what is done with reports, beside pytest."""

from __future__ import annotations

import sys

from pytest_readiness.run.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
