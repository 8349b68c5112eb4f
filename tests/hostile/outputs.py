"""What a run wrote, held against what text from elsewhere must not do to it."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.secrets.traces import Traces

HOSTILE = {
    "colour": "a\x1b[31mred\x1b[0m",
    "erase": "a\x1b[2J\x1b[1A\x1b[2Kerased",
    "title": "a\x1b]0;title\x07",
    "link": "a\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "clipboard": "a\x1b]52;c;ZXZpbA==\x07",
    "c1": "a\x9b31mred\x9d0;title\x9c",
    "backspace": "failed\x08\x08\x08\x08\x08\x08passed",
    "return": "NOT READY\rREADY for production",
    "bell": "a\x07",
    "xml": "a]]><evil attribute='x'>&amp;&#0;<![CDATA[",
    "script": "<script>alert(1)</script>",
    "markdown": "[x](javascript:1) `code` | cell | ![](http://evil.example) @everyone",
    "surrogate": "a\udcff\ud800b",
    "bidi": "a\u202egnp.exe\u202c \u2066b\u2069 \u200fc\u061cd",
    "width": "pass\u200bword\ufeff\u2060\u00ad",
    "tags": "a" + "".join(chr(0xE0000 + ord(sign)) for sign in "hidden"),
    "lines": "first\n::error file=x::second\n::set-output name=a::b\nREADY for production: shop",
    "separators": "first\u2028::error::second\u2029::warning::third\x85::notice::fourth\x0b\x0c",
    "azure": "##vso[task.setvariable variable=x]y ##[add-mask]a ##teamcity[testFailed name='x']",
    "command": "   ::add-mask::word",
    "csv": "=cmd|' /C calc'!A1",
    "nothing": "a\x00b",
    "noncharacters": "a\ufffe\uffff",
}

LONG = "long " * 200_000
NAMES = [f"name-{number}" for number in range(100_000)]

FINDING = 45_000
"""Characters of one finding in the JSON report: a message, six texts, twenty pieces of evidence."""
SECTION = 60_000
"""Characters of the readiness section in the terminal."""

_CODE = r"(?:[0-57]|00|39|49|[349][0-7])"
_OWN_COLOURS = re.compile(rf"\x1b\[{_CODE}(?:;{_CODE})*m")
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn"}
_COMMANDS = ("::", "##vso[", "##[", "##teamcity[")


def well_formed(found: Traces, folder: Path) -> dict[str, Any]:
    """The report, if JSON and JUnit can be read and nothing in the terminal is live."""
    card: dict[str, Any] = json.loads((folder / "r.json").read_bytes().decode("utf-8"))
    tree = ElementTree.parse(folder / "j.xml")
    for text in (*_texts(card), *(v for e in tree.iter() for v in (*e.attrib.values(), e.text))):
        assert not text or live(text.replace("\n", "").replace("\t", "")) == [], text[:200]
    inert(found.out)
    return card


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in inner for text in _texts(item)]


def inert(out: str) -> None:
    """Nothing in the output moves the cursor, turns the writing, hides, or commands a CI."""
    assert "\x1b[31mred" not in out
    plain = _OWN_COLOURS.sub("", out)
    assert live(plain.replace("\n", "")) == [], [line for line in plain.split("\n") if live(line)]
    for line in plain.split("\n"):
        assert not line.lstrip().startswith(_COMMANDS), line
        assert not any(sign in line for sign in _COMMANDS[1:]), line


def live(text: str) -> list[str]:
    """Signs of a text that are no plain visible ones."""
    return [repr(sign) for sign in text if unicodedata.category(sign) in _HIDDEN]


def bounded(found: Traces, card: dict[str, Any]) -> None:
    """Each finding and the section are of the size that is promised, whatever was measured."""
    for finding in card["findings"]:
        assert len(json.dumps(finding, ensure_ascii=False)) <= FINDING, finding["check"]
        assert len(finding["message"]) <= 2000
        assert len(finding["evidence"]) <= 20
    section = found.out.rpartition("= readiness =")[2]
    assert 0 < len(section) <= SECTION, len(section)
