"""What a command's output must hold, held against what can be looked for."""

from __future__ import annotations

import math
import re
import warnings

from pytest_readiness.policy.commands import KINDS, Expect
from pytest_readiness.policy.files import Source

LIBRARY = 'pip install "pytest-readiness[commands]"'
"""How the library for JSONPath comes in."""

_COMPARISONS = ("equals", "at_most", "at_least")
_ALL = ", ".join(KINDS)


def held(source: Source, key: str, expect: Expect) -> Expect:
    """The expectation, if it can be judged.

    Raises:
        SettingsError: it looks for nothing or for several things, compares with nothing or with
            what cannot be compared, or its path or expression cannot be read.
    """
    kinds = [kind for kind in KINDS if getattr(expect, kind) is not None]
    if len(kinds) != 1:
        given = " and ".join(kinds) or "none of them"
        raise source.error(key, f"expected one of {_ALL}, got {given}")
    kind = kinds[0]
    _comparisons(source, key, expect, kind)
    if kind == "json":
        _path(source, f"{key}.json", expect.sought)
    else:
        _expression(source, f"{key}.{kind}", expect.sought, groups=kind == "number")
    return expect


def _comparisons(source: Source, key: str, expect: Expect, kind: str) -> None:
    given = [name for name in _COMPARISONS if getattr(expect, name) is not None]
    if kind in ("text", "no_text"):
        if given:
            problem = f"{kind} is found or not; {given[0]} compares json and number"
            raise source.error(f"{key}.{given[0]}", problem)
        return
    if not given:
        raise source.error(key, f"{kind} needs one of {', '.join(_COMPARISONS)}")
    if "equals" in given and len(given) > 1:
        raise source.error(f"{key}.{given[1]}", f"equals says it all; leave out {given[1]}")
    for name in given:
        _comparable(source, f"{key}.{name}", getattr(expect, name), kind)
    low, high = expect.at_least, expect.at_most
    if low is not None and high is not None and low > high:
        raise source.error(f"{key}.at_least", f"{low:g} is above at_most, {high:g}: nothing holds")


def _comparable(source: Source, key: str, value: object, kind: str) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(value, float) and not math.isfinite(value):
        raise source.error(key, "expected a finite number")
    if kind == "number" and not number:
        raise source.error(key, "expected a number, as number finds numbers")


def regex(pattern: str) -> re.Pattern[str]:
    """A compiled expression, in which ``^`` and ``$`` are the ends of a line.

    Raises:
        re.error: it is no regular expression.
    """
    with warnings.catch_warnings():
        # What later versions of Python may read in another way.
        warnings.simplefilter("ignore")
        return re.compile(pattern, re.MULTILINE)


def _expression(source: Source, key: str, pattern: str, *, groups: bool) -> None:
    try:
        compiled = regex(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise source.error(key, f"no regular expression: {error}") from None
    if groups and compiled.groups != 1:
        problem = (
            f"expected one group, which holds the number, got {compiled.groups}: "
            "P95: ([0-9.]+) ms; (?:…) groups without being one"
        )
        raise source.error(key, problem)


def _path(source: Source, key: str, path: str) -> None:
    try:
        import jsonpath_rfc9535 as jsonpath
    except ModuleNotFoundError:
        raise source.error(key, f"needs the library jsonpath-rfc9535: {LIBRARY}") from None
    except ImportError as error:
        raise source.error(key, f"jsonpath-rfc9535 cannot be imported: {error}") from None
    try:
        jsonpath.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        said = error.args[0] if error.args else "nested too deeply"
        problem = f"no JSONPath: {said}; write $.status, $.jobs[0].state or $['a-b']"
        raise source.error(key, problem) from None
