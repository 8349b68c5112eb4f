"""What git knows: who ticked an item of a checklist and when, who wrote a line, what is out."""

from pytest_readiness.provenance.git import commit
from pytest_readiness.provenance.lines import author_of, authors_of
from pytest_readiness.provenance.marks import Mark, MarkState
from pytest_readiness.provenance.ticks import Reader, Seen, ticks

__all__ = [
    "Mark",
    "MarkState",
    "Reader",
    "Seen",
    "author_of",
    "authors_of",
    "commit",
    "ticks",
]
