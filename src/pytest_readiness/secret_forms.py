"""A secret in all the ways that URLs, headers, Python, JSON and HTML write it, as patterns."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator

_PIECE = 4
"""Characters of a cut secret that are not shown beside the mark; fewer tell next to nothing."""
_LONGEST_PIECE = 60
_CORE = 8
"""Characters of Base64 that are no chance."""


def spelled(secret: str) -> str:
    """A pattern of the secret with each character as it is, or escaped in one way or another.

    Percent-encoded, once or twice, wholly or in part; behind backslashes; as JSON, Python and
    HTML escape it.
    """
    return "".join(map(_character, secret))


def _character(sign: str) -> str:
    """A pattern of one character; no two of its alternatives start alike for long."""
    if sign.isascii() and sign.isalnum():
        return f"(?:{sign}|{_percent(sign)})"
    ways = [_percent(sign), *map(re.escape, _entities(sign)), *_escapes(sign)]
    if sign == " ":
        ways.append(r"\+")
    ways.append(r"\\{1,8}" if sign == "\\" else rf"\\{{0,8}}{re.escape(sign)}")
    return f"(?:{'|'.join(ways)})"


def _percent(sign: str) -> str:
    # A lone surrogate is what an undecodable byte of the environment becomes.
    codes = sign.encode("utf-8", "surrogateescape" if _escaped(sign) else "surrogatepass")
    return "".join(f"%(?:25){{0,2}}{_either_case(f'{code:02x}')}" for code in codes)


def _escaped(sign: str) -> bool:
    return "\udc80" <= sign <= "\udcff"


def _either_case(digits: str) -> str:
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in digits)


def _entities(sign: str) -> set[str]:
    return {html.escape(sign), f"&#{ord(sign)};", f"&#x{ord(sign):x};"} - {sign}


def _escapes(sign: str) -> Iterator[str]:
    r"""``\u00fc`` of JSON, ``\xfc`` of Python, ``\xc3\xbc`` of Python's bytes, ``\n``."""
    slash = r"\\{1,8}"
    short = repr(sign)[1:-1]
    if len(short) == 2 and short[0] == "\\" and short[1].isalpha():
        yield slash + short[1]
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    yield "".join(f"{slash}u{_either_case(units[i : i + 4])}" for i in range(0, len(units), 4))
    if ord(sign) < 256:
        yield f"{slash}x{_either_case(f'{ord(sign):02x}')}"
    if ord(sign) > 0xFFFF:
        yield f"{slash}U{_either_case(f'{ord(sign):08x}')}"
    if not sign.isascii() and not "\ud800" <= sign <= "\udfff":
        codes = sign.encode()
        yield "".join(f"{slash}x{_either_case(f'{code:02x}')}" for code in codes)


def cores(secret: str) -> Iterator[str]:
    """What stands in the Base64 of any text that holds the secret, wherever it stands there."""
    data = secret.encode("utf-8", "surrogatepass")
    for shift in range(3):
        # Each character holds six bits; those at the ends belong to the neighbours in part.
        first, last = -(-shift * 8 // 6), (shift + len(data)) * 8 // 6
        core = base64.b64encode(b"\0" * shift + data).decode()[first:last]
        if len(core) >= _CORE:
            yield core
            if core.translate(_URL_SAFE) != core:
                yield core.translate(_URL_SAFE)


_URL_SAFE = str.maketrans("+/", "-_")


def pieces(secret: str) -> Iterator[str]:
    """Patterns of the beginning and the end of a secret beside the mark where a text was cut."""
    longest = min(len(secret) - 1, _LONGEST_PIECE)
    sizes = range(longest, _PIECE - 1, -1)
    heads = "|".join(re.escape(secret[:size]) for size in sizes)
    tails = "|".join(re.escape(secret[-size:]) for size in sizes)
    # Of a longer one, all up to the mark, which a value without blanks is taken for.
    more = rf"[^\s'\"]{{0,{len(secret)}}}?" if len(secret) > _LONGEST_PIECE else ""
    yield rf"(?:{heads}){more}(?=\.\.\.|…)"
    yield rf"(?:(?<=\.\.\.)|(?<=…)){more}(?:{tails})"


def whole_word(pattern: str) -> str:
    """The pattern where no letter or digit stands beside it, but for one of an escape."""
    before = r"(?:(?<![^\W_])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))"
    return rf"{before}(?:{pattern})(?![^\W_])"
