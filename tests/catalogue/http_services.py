"""Services over HTTP in the states that a launch has failed on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.catalogue.states import Said
from tests.judging import judge, probe_of
from tests.sandbox import Sandbox
from tests.sandbox.http import HttpServer

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXAMPLE = Path(__file__).parents[2] / "examples" / "production" / "http"
PLACES = {
    "listen 80;": "listen 127.0.0.1:@PLAIN_PORT@;",
    "listen 443 ssl;": "listen 127.0.0.1:@TLS_PORT@ ssl;",
    "127.0.0.1:8000": "127.0.0.1:@APP_PORT@",
    "/etc/nginx/tls/fullchain.pem": "@CERTIFICATE@",
    "/etc/nginx/tls/privkey.pem": "@KEY@",
    "shop.example": "localhost",
}

EVERY = {
    *("reachable", "live", "ready", "dependencies_ok", "intent_declared", "metrics_exposed"),
    "page_answers",
    *("latency", "answer_complete", "success_ratio", "encrypted", "certificate_trusted"),
    *("certificate_valid", "old_tls_refused", "plaintext_redirected", "hsts"),
    *("authentication_required", "credentials_accepted", "debug_pages_closed", "files_closed"),
    *("stack_traces_hidden", "foreign_origins_refused", "security_headers", "versions_hidden"),
}
"""Every check but the one that needs an address of the open internet."""

TOKEN = "token-7f3a9c"
PAGE = {"body": "<h1>Shop</h1>", "headers": {"Content-Type": "text/html"}}
BEARER = f"Bearer {TOKEN}"
METRICS = """\
# HELP http_requests_total Requests by status.
# TYPE http_requests_total counter
http_requests_total{status="200",path="/"} 1027 1395066363000
http_requests_total{status="500",path="C:\\\\DIR"} 3
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="+Inf"} 1030
http_request_duration_seconds_sum 53.4e-1
http_request_duration_seconds_count 1030
"""
SHOP: dict[str, dict[str, Any]] = {
    "/": {**PAGE, "headers": {**PAGE["headers"], "X-Powered-By": "Express 4.17.1"}},
    "/health": {"body": "OK"},
    "/ready": {"body": {"status": "UP", "components": {"db": {"status": "UP"}, "cache": "ok"}}},
    "/admin": {"body": "secret", "needs": BEARER},
    "/metrics": {"body": METRICS, "needs": BEARER},
    "/docs": {"body": "<title>API</title>"},
}
"""A well-built application."""

TRACE = "Traceback (most recent call last):\n  File 'app.py', line 3\nKeyError: 'x'"
CARELESS: dict[str, dict[str, Any]] = {
    "/": {
        **PAGE,
        "headers": {
            **PAGE["headers"],
            "Access-Control-Allow-Origin": "@ORIGIN@",
            "Access-Control-Allow-Credentials": "true",
            "Strict-Transport-Security": "max-age=300",
            "X-Powered-By": "PHP/8.1.2",
        },
    },
    "/ready": {"body": {"status": "UP", "checks": [{"name": "db", "status": "DOWN"}]}},
    "/admin": {"body": "secret"},
    "/metrics": PAGE,
    "/debug/vars": {"body": {"cmdline": ["shop"], "memstats": {"Alloc": 1}}},
    "/.env": {"body": "# of production\nSECRET_KEY=hunter2\n"},
    "*": {"status": 404, "body": TRACE},
}
"""Put online as it was on somebody's laptop."""

OLD_NGINX = """
events {}
http {
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
    ssl_ciphers ALL:@SECLEVEL=0;
    ssl_certificate @CERTIFICATE@;
    ssl_certificate_key @KEY@;
    limit_req_zone $binary_remote_addr zone=few:1m rate=1r/s;
    limit_req_status 429;
    server {
        listen 127.0.0.1:@PLAIN_PORT@;
        listen 127.0.0.1:@TLS_PORT@ ssl;
        location / { proxy_pass http://127.0.0.1:@APP_PORT@; }
        location = /limited {
            limit_req zone=few burst=20 nodelay;
            proxy_pass http://127.0.0.1:@APP_PORT@/;
        }
    }
}
"""


def app(box: Sandbox, answers: dict[str, dict[str, Any]]) -> HttpServer:
    """An application without anything before it."""
    return box.start("http", app=answers)


def production(box: Sandbox) -> HttpServer:
    """The application behind examples/production/http/nginx.conf, at places of this machine."""
    conf = (EXAMPLE / "nginx.conf").read_text("utf-8")
    for name, place in PLACES.items():
        assert name in conf
        conf = conf.replace(name, place)
    return box.start("http", app=SHOP, nginx=conf, tls="valid")


def target_of(text: str) -> dict[str, Any]:
    """The service that a settings file declares, without the placeholder of its token."""
    table = tomllib.loads(text)["http"]["shop"]
    assert table.pop("token") == "${SHOP_TOKEN}"
    return {key: tuple(v) if isinstance(v, list) else v for key, v in table.items()}


def judged(url: str, **settings: Any) -> Said:
    """What all checks say of a service."""
    return judge(probe_of("http", url=url, **settings), "http", writes=True)
