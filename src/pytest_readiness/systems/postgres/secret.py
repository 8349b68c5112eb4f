"""How good a password is, told without telling anything of it."""

from __future__ import annotations

from pytest_readiness.systems.postgres.dsn import Dsn
from pytest_readiness.systems.postgres.facts import Password

_STEPS = (24, 16, 12, 8, 0)

_COMMON = """
12345 123456 12345678 123456789 1234567890 admin administrator change-me changeme default
example guest letmein master mysecretpassword p@ssw0rd pass passw0rd password postgres
postgrespw postgresql qwerty root secret supersecret test user welcome
"""
"""What the images' own pages and everybody's compose files use."""


def graded(password: str, way: Dsn) -> Password:
    """Grade the password that a way in was entered with, on this machine and nowhere else."""
    length = next(step for step in _STEPS if len(password) >= step)
    return Password(guessable=_guessable(password.lower(), way), at_least=length)


def _guessable(password: str, way: Dsn) -> bool:
    plain, common = password.rstrip("0123456789!.-_"), _COMMON.split()
    names = (way.login.lower(), way.catalog.lower())
    known = any(word in names or word in common for word in (password, plain))
    return known or len(set(password)) < 3
