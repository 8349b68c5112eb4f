"""Waivers held against findings: what is excused, by whom, for how long. Pure, without a clock."""

from pytest_readiness.waiving.behind import behind
from pytest_readiness.waiving.excuses import dated, excuse, excused
from pytest_readiness.waiving.states import held, remarks, states, urgent
from pytest_readiness.waiving.words import BY, WITH, days

__all__ = [
    "BY",
    "WITH",
    "behind",
    "dated",
    "days",
    "excuse",
    "excused",
    "held",
    "remarks",
    "states",
    "urgent",
]
