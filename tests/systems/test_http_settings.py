"""A service over HTTP: what its settings take, and what they tell."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.systems.http import HttpSettings


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"url": None, "monitor_url": "http://x"}, "url"),
        ({"url": "ftp://x"}, "url"),
        ({"url": "http://x?y=1"}, "url"),
        ({"url": "http://x", "live": "health"}, "live"),
        ({"url": "http://x", "protected": ("/a", "/b c")}, "protected"),
        ({"url": "http://x", "ready": "/a\r\nHost: y"}, "ready"),
        ({"url": "http://x", "token": "a\nb"}, "token"),
        ({"url": "http://x", "headers": {"X-A": "b\r\nc"}}, "headers"),
        ({"url": "http://x", "headers": {"X A": "b"}}, "headers"),
        ({"url": "http://x", "dependencies": ("db",)}, "dependencies"),
        ({"url": "http://x", "metrics_names": ("up",)}, "metrics_names"),
        ({"url": "http://x", "requests": 1000}, "requests"),
        ({"url": "http://x", "burst": 51}, "burst"),
        ({"url": "http://x", "redirect_from": "https://x"}, "redirect_from"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict[str, Any], field: str) -> None:
    problem = HttpSettings(**settings).problem()
    assert problem is not None
    assert problem[0] == field


def test_secrets_of_the_settings() -> None:
    settings = HttpSettings(url="http://a:pw@x/p", token="tok", headers={"X-Key": "key"})
    assert {"pw", "tok", "key"} < set(settings.secrets())
    assert settings.address == "x:80"
    assert settings.below("/live") == "/p/live"
    assert HttpSettings(url="https://x").plaintext_entry == "http://x"
    assert HttpSettings(url="https://x:8443").plaintext_entry is None
