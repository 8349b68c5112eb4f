"""What comments say: ``<!-- readiness: severity=high valid_for=90d check=redis.aof -->``."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_readiness.model import Severity
from pytest_readiness.policy.checklists.items import Link
from pytest_readiness.policy.checklists.words import phrase
from pytest_readiness.policy.durations import seconds
from pytest_readiness.policy.errors import SettingsError, suggestion

KEYS = ("check", "due", "owner", "ref", "severity", "target", "valid_for")
_OURS = re.compile(r"\s*readiness\s*:", re.IGNORECASE)
_LIKE_OURS = re.compile(r"\s*readiness\b(?=[^=]{0,200}\w\s*=)", re.IGNORECASE)
_PAIR = re.compile(
    r"""[\s,;]*(?P<key>[^\s=,;"']+)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|"""
    r"""(?P<bare>[^\s"',;][^\s,;]*))(?=[\s,;]|\Z)"""
)
_LONGEST = 200


@dataclass
class Said:
    """What the comments of one item or heading say."""

    severity: Severity | None = None
    severity_word: str | None = None
    valid_for: float | None = None
    owner: str | None = None
    ref: str | None = None
    due: dt.date | None = None
    links: list[Link] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)
    """Line on which each key stands."""


def readiness_comments(file: str, html: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The comments among pieces of HTML that are meant for us: their lines and what they say.

    Raises:
        SettingsError: one is never closed, or lacks its colon.
    """
    found: list[tuple[int, str]] = []
    for line, text in html:
        end = 0
        while (start := text.find("<!--", end)) >= 0:
            end = text.find("-->", start + 4)
            body = text[start + 4 : end if end >= 0 else None]
            at = line + text.count("\n", 0, start)
            found += _ours(f"{file}:{at}", at, body, closed=end >= 0)
            if end < 0:
                break
    return found


def _ours(where: str, line: int, body: str, closed: bool) -> list[tuple[int, str]]:
    match = _OURS.match(body)
    if match is None:
        if _LIKE_OURS.match(body):
            raise SettingsError(
                f"{where}: a comment without its colon; write <!-- readiness: … -->"
            )
        return []
    if not closed:
        raise SettingsError(f"{where}: the comment is never closed; end it with -->")
    return [(line, body[match.end() :])]


def said(file: str, comments: Iterable[tuple[int, str]], words: Mapping[str, Severity]) -> Said:
    """What comments say together.

    Args:
        file: as named to the user.
        comments: lines, and what stands there after ``readiness:``.
        words: words for severity, by their keys.

    Raises:
        SettingsError: an unknown key, a value that is none, or a key said twice.
    """
    result = Said()
    for line, body in comments:
        _Reader(f"{file}:{line}", line, words, result).read(body)
    return result


class _Reader:
    """One comment; targets and thresholds are those of the check before them."""

    def __init__(self, where: str, line: int, words: Mapping[str, Severity], result: Said) -> None:
        self.where, self.line, self.words, self.result = where, line, words, result
        self.linked = False

    def error(self, problem: str) -> SettingsError:
        return SettingsError(f"{self.where}: readiness comment: {problem}")

    def read(self, body: str) -> None:
        end = 0
        while body[end:].strip(" \t\r\n,;"):
            match = _PAIR.match(body, end)
            if match is None:
                rest = body[end:].split()[0][:60]
                raise self.error(f"{rest!r} is no key=value, such as severity=high")
            end = match.end()
            value = next(v for v in match.group("double", "single", "bare") if v is not None)
            self.pair(match["key"], value.strip())
        if end == 0:
            raise self.error(f"it says nothing. Allowed: {', '.join(KEYS)}")

    def pair(self, key: str, value: str) -> None:
        key = key[:80]
        if len(value) > _LONGEST:
            raise self.error(f"{key} has more than {_LONGEST} characters")
        if key in KEYS and not value:
            raise self.error(f"{key} is empty")
        if key == "check":
            self.result.links.append(Link(check=value, line=self.line))
            self.linked = True
        elif key == "target":
            self.target(value)
        elif key in KEYS:
            self.own(key, value)
        else:
            self.limit(key, value)

    def own(self, key: str, value: str) -> None:
        if key in self.result.lines:
            raise self.error(f"{key} is said twice, first on line {self.result.lines[key]}")
        self.result.lines[key] = self.line
        if key == "severity":
            found = phrase(value, self.words)
            if found is None:
                options = suggestion(value, [s.value for s in Severity])
                raise self.error(f"unknown severity {value!r}{options}")
            self.result.severity_word, self.result.severity = found
        elif key == "valid_for":
            self.result.valid_for = self.duration(value)
        elif key == "due":
            self.result.due = self.day(value)
        elif key == "owner":
            self.result.owner = value
        else:
            self.result.ref = value

    def duration(self, value: str) -> float:
        try:
            found = seconds(value)
        except ValueError as error:
            raise self.error(f"valid_for: {error}") from None
        if not found:
            raise self.error("valid_for: a tick that holds for no time; write 90d")
        return found

    def day(self, value: str) -> dt.date:
        try:
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                return dt.date.fromisoformat(value)
        except ValueError:
            pass
        raise self.error(f"due: {value!r} is no date, written 2026-12-31")

    def target(self, value: str) -> None:
        link = self.link("target")
        if link.target is not None:
            raise self.error(f"a second target for {link.check}; name the check again before it")
        self.put(Link(check=link.check, target=value, limits=link.limits, line=link.line))

    def limit(self, key: str, value: str) -> None:
        number = _number(value)
        if number is None and (not self.linked or not re.match(r"[\d.+-]", value)):
            raise self.error(f"unknown key {key!r}{suggestion(key, KEYS)}")
        if number is None:
            raise self.error(f"{key}: {value!r} is no finite number from 0 on")
        if not self.linked:
            raise self.error(
                f"unknown key {key!r}{suggestion(key, KEYS)}; a threshold follows its check="
            )
        link = self.link(key)
        if key in link.limits:
            raise self.error(f"{key} is said twice for {link.check}")
        limits = {**link.limits, key: number}
        self.put(Link(check=link.check, target=link.target, limits=limits, line=link.line))

    def link(self, key: str) -> Link:
        if not self.linked:
            raise self.error(f"{key} belongs to a check, and none is named before it")
        return self.result.links[-1]

    def put(self, link: Link) -> None:
        self.result.links[-1] = link


def _number(value: str) -> float | None:
    try:
        number = float(value) if value.isascii() and "_" not in value else math.nan
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None
