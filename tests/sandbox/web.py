"""Ask a server on this machine over HTTP, past any proxy of the caller's environment."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from .errors import SandboxError

_opener = build_opener(ProxyHandler({}))


def answers(url: str, login: tuple[str, str] | None = None) -> bool:
    """Whether a GET of the URL is answered with success."""
    try:
        with _opener.open(_request(url, login), timeout=2):
            return True
    except OSError:
        return False


def call(
    url: str,
    body: dict[str, Any] | None = None,
    *,
    method: str | None = None,
    login: tuple[str, str] | None = None,
) -> Any:
    """Send JSON (POST unless told) or nothing (GET), and return the JSON answer."""
    request = _request(url, login)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    if method:
        request.method = method
    try:
        with _opener.open(request, timeout=30) as response:
            text = response.read()
    except HTTPError as error:
        answer = error.read().decode(errors="replace")
        raise SandboxError(f"{request.full_url}: {error.code} {answer}") from error
    return json.loads(text) if text else None


def _request(url: str, login: tuple[str, str] | None) -> Request:
    request = Request(url)
    if login:
        token = base64.b64encode(":".join(login).encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
    return request
