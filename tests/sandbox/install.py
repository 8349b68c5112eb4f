"""`python -m tests.sandbox.install`: make this machine able to run every server."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import kafka_jars
from .errors import SandboxError

_POLICY = Path("/usr/sbin/policy-rc.d")


def main() -> int:
    """Install what is missing; 0 when everything is there in the end."""
    packages = missing_packages()
    if packages:
        print("installing", *packages, flush=True)
        status = _apt(packages)
        if status:
            return status
    try:
        jars = kafka_jars.jars()
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        "git, redis, postgres, rabbitmq, java, nginx, chromium and prometheus are here; "
        f"Kafka's jars are in {jars}"
    )
    return 0


def missing_packages() -> list[str]:
    """Debian's packages for the programs that this machine has not."""
    present = {
        "redis-server": shutil.which("redis-server", path="/usr/bin:/usr/local/bin"),
        "rabbitmq-server": Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists(),
        "postgresql": any(Path("/usr/lib/postgresql").glob("*/bin/initdb")),
        "default-jre-headless": shutil.which("java"),
        "git": shutil.which("git"),
        "nginx-light": shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin"),
        # Reports are opened in it.
        "chromium": shutil.which("chromium"),
        "prometheus": shutil.which("promtool"),
        "prometheus-node-exporter": shutil.which("prometheus-node-exporter"),
        "prometheus-pushgateway": shutil.which("prometheus-pushgateway"),
        "jq": shutil.which("jq"),
        # Maven only fetches Kafka's jars: with these in the cache it is not needed.
        "maven": shutil.which("mvn") or kafka_jars.folder().is_dir(),
    }
    return [package for package, found in present.items() if not found]


def _apt(packages: list[str]) -> int:
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        print(f"no apt-get here; install by hand: {' '.join(packages)}", file=sys.stderr)
        return 1
    if os.geteuid() != 0:
        print(f"run: sudo apt-get update && sudo {shlex.join(install)}", file=sys.stderr)
        return 1
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_services():
        for command in (["apt-get", "update", "-q"], [*install, "-q"]):
            status = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
            if status:
                print(f"{shlex.join(command)} ended with {status}", file=sys.stderr)
                return 1
    return 0


@contextmanager
def _no_services() -> Iterator[None]:
    """Keep Debian's packages from starting (or restarting) services of their own.

    Debian asks policy-rc.d, when there is one, before it starts a service; 101 forbids it.
    """
    kept = _POLICY.with_name(f"{_POLICY.name}.kept-by-sandbox")
    if _POLICY.exists() and not kept.exists():
        # An administrator's own policy comes back afterwards.
        _POLICY.rename(kept)
    _POLICY.write_text("#!/bin/sh\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        if kept.exists():
            kept.replace(_POLICY)
        else:
            _POLICY.unlink()


if __name__ == "__main__":
    sys.exit(main())
