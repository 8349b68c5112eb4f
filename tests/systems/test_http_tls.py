"""Old TLS: what the server says counts, and not what this machine's OpenSSL is willing to do."""

from __future__ import annotations

import ssl
import warnings

import pytest

from pytest_readiness.systems.http import tls
from tests.catalogue.http_services import OLD_NGINX
from tests.judging import Judged, judge, probe_of
from tests.sandbox import Sandbox
from tests.systems.http_servers import SMALL_NGINX


def old(ciphers: str) -> ssl.SSLContext:
    """A client of TLS 1.0 and 1.1 with other ciphers."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = ssl.TLSVersion.TLSv1_1
    made.set_ciphers(ciphers)
    made.check_hostname = False
    return made


def judged(box: Sandbox, nginx: str) -> Judged:
    server = box.start("http", nginx=nginx, tls="valid")
    probe = probe_of("http", url=server.url, ca_file=str(box.ca), burst=0, requests=1)
    return judge(probe, "http")["old_tls_refused"]


def of(nginx: str, protocol: str) -> str:
    return nginx.replace("http {", f"http {{ ssl_protocols {protocol} TLSv1.3;", 1)


@pytest.mark.parametrize("protocol", ["TLSv1", "TLSv1.1"])
def test_versions_that_are_spoken(box: Sandbox, protocol: str) -> None:
    lax = SMALL_NGINX.replace("http {", "http { ssl_ciphers ALL:@SECLEVEL=0;", 1)
    said = judged(box, of(lax, protocol))
    assert said.message == f"a client of TLS 1.0 and 1.1 is {protocol}, must be refused"


def test_versions_that_are_named_but_not_spoken(box: Sandbox) -> None:
    """OpenSSL 3 refuses them above security level 0, whatever the configuration says."""
    assert judged(box, of(SMALL_NGINX, "TLSv1 TLSv1.1")).outcome == "passed"


def test_a_strict_openssl_here_does_not_make_the_server_strict(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_old", lambda: old("ALL:@SECLEVEL=2"))
    assert judged(box, OLD_NGINX).outcome == "failed"


def test_an_openssl_that_cannot_ask_proves_nothing(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tls, "_old", lambda: old("ECDHE-RSA-AES128-GCM-SHA256"))
    said = judged(box, SMALL_NGINX)
    assert said.outcome == "blocked"
    assert "cannot offer TLS 1.0 and 1.1" in said.message
