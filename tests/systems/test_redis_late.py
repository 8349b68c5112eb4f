"""A real port that opens late: what a run says until then, and that it says no more after."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin.test_live_line import colourful
from tests.sandbox.ports import free_port
from tests.terminals import on_terminal

PROGRAM = shutil.which("redis-server")


@pytest.mark.skipif(PROGRAM is None, reason="needs redis-server on the path")
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_server_that_starts_late(tmp_path: Path, workers: tuple[str, ...]) -> None:
    port, servers = free_port(), []
    (tmp_path / "readiness.toml").write_text(
        f'environment = "staging"\n[redis.cache]\nurl = "redis://127.0.0.1:{port}/0"\n'
    )

    def look(lines: list[str], process: subprocess.Popen[bytes]) -> None:
        if not servers and any(line.startswith("waiting for redis[cache]") for line in lines):
            command = [str(PROGRAM), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
            quiet = subprocess.DEVNULL
            servers.append(subprocess.Popen(command, cwd=tmp_path, stdout=quiet, stderr=quiet))

    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--readiness"]
    options = ["--readiness-wait", "60s", "-k", "reachable", *workers]
    try:
        shown = on_terminal(
            [*command, *options], tmp_path, columns=120, environ=colourful({}), look=look
        )
    finally:
        for server in servers:
            server.terminate()
            server.wait(10)
    said = {line for lines in shown.seen for line in lines if line.startswith("waiting for")}
    assert f"waiting for redis[cache]: 2 s of 60 s (connection refused at 127.0.0.1:{port}" in {
        line.partition(" after ")[0] for line in said
    }
    assert not any("waiting for" in line for line in shown.last)
    assert "PARTIAL for staging: cache" in shown.last
