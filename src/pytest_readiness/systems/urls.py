"""URLs of targets, taken apart once, with their secrets told."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec


class Url(msgspec.Struct, frozen=True, kw_only=True):
    """A URL in parts, percent-decoded."""

    scheme: str
    host: str
    port: int
    user: str | None = None
    password: str | None = None
    path: str = ""
    """Without its leading slash."""
    query: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<Url {self.scheme}://{self.host}:{self.port}>"

    def secrets(self) -> list[str]:
        """The password, and parameters that are named like one."""
        words = ("password", "secret", "token")
        named = [v for k, v in self.query.items() if any(w in k.lower() for w in words)]
        return [s for s in (self.password, *named) if s]


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*", re.ASCII)


def is_scheme(text: str) -> bool:
    """Whether a text may be the scheme of a URL, and so is no secret."""
    return _SCHEME.fullmatch(text) is not None


def is_port(text: str) -> bool:
    """Whether a text is the number of a port."""
    return text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) < 65536


def parse(url: str, default_port: int) -> Url:
    """Take a URL apart.

    Raises:
        ValueError: it is no URL with a host; the text does not repeat the URL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("no URL: the host or the port cannot be read") from None
    if not parts.scheme:
        raise ValueError("no URL: it has no scheme")
    if not url.partition(":")[2].lstrip().startswith("//"):
        # Taken for a path, the host would silently be this machine.
        raise ValueError(f"no URL: {parts.scheme}: must be followed by //")
    if parts.scheme.lower() not in ("http", "https") and _cut_short(parts):
        raise ValueError("no URL: is the password percent-encoded? / is %2F, ? is %3F, # is %23")
    return Url(
        scheme=parts.scheme.lower(),
        host=parts.hostname or "localhost",
        port=port or default_port,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        path=unquote(parts.path.lstrip("/")),
        query=dict(parse_qsl(parts.query)),
    )


def _cut_short(parts: SplitResult) -> bool:
    """Whether a sign in the password ended the host: of ``app:47/11@db`` the port would be 47.

    What stands there is shown as the target's address, so it must not be a part of a password.
    """
    rest = f"{parts.path}{parts.query}{parts.fragment}"
    return "@" not in parts.netloc and ":" in parts.netloc and "@" in rest
