"""Ordinary services in the environments they belong to: nothing is asked of them in vain."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalogue.http_services import PAGE, SHOP
from tests.sandbox import Sandbox, process, web
from tests.sandbox.ports import free_port
from tests.systems.test_environments import amiss

DEBIAN = """
worker_processes auto;
events { worker_connections 768; }
http {
    sendfile on;
    tcp_nopush on;
    types_hash_max_size 2048;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    ssl_prefer_server_ciphers on;
    gzip on;
    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    server { listen 127.0.0.1:@PLAIN_PORT@; return 301 https://localhost:@TLS_PORT@$request_uri; }
    server {
        listen 127.0.0.1:@TLS_PORT@ ssl;
        location / { proxy_pass http://127.0.0.1:@APP_PORT@; }
    }
}
"""
"""Debian's nginx.conf, which names old TLS that its OpenSSL refuses, with a proxy in it."""


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[str]:
    """A folder, with the files of its repository, served by ``python -m http.server``."""
    (tmp_path / ".env").write_text("SECRET=1\n")
    port = str(free_port())
    command = [sys.executable, "-m", "http.server", port, "--bind", "127.0.0.1"]
    child = process.start("laptop", command, folder=tmp_path)
    try:
        child.wait_until(lambda: web.answers(f"http://127.0.0.1:{port}/"), 15)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.discard()


def test_a_laptop_with_all_defaults(laptop: str) -> None:
    assert amiss("http", "development", url=laptop) == set()
    assert {"encrypted", "files_closed"} <= amiss("http", "production", url=laptop)


def test_a_staging_box(box: Sandbox) -> None:
    server = box.start("http", app=SHOP, nginx=DEBIAN, tls="valid")
    target = {"url": server.url, "ca_file": str(box.ca), "redirect_from": server.plain_url}
    assert amiss("http", "staging", **target, debug=()) == set()
    asked = amiss("http", "production", **target, ready="/ready")
    assert asked == {"hsts", "security_headers", "versions_hidden"}


def test_an_application_that_answers_every_path_with_its_start_page(box: Sandbox) -> None:
    server = box.start("http", app={"*": PAGE}, nginx=DEBIAN, tls="valid")
    target = {"url": server.url, "ca_file": str(box.ca)}
    assert amiss("http", "staging", **target) == set()


def test_an_application_that_refuses_whatever_it_does_not_know(box: Sandbox) -> None:
    refused = {"status": 401, "headers": {"WWW-Authenticate": "Bearer"}}
    server = box.start("http", app={"/": {}, "*": refused}, nginx=DEBIAN, tls="valid")
    target = {"url": server.url, "ca_file": str(box.ca), "protected": ("/api/orders",)}
    assert amiss("http", "staging", **target) == set()


def test_a_certificate_that_no_client_accepts_stops_staging_too(box: Sandbox) -> None:
    server = box.start("http", app=SHOP, nginx=DEBIAN, tls="other-name")
    target = {"url": server.url, "ca_file": str(box.ca)}
    assert "certificate_trusted" in amiss("http", "staging", **target)
    assert "certificate_trusted" not in amiss("http", "development", **target)
