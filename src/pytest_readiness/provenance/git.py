"""The one place that runs git: argument lists, bounded time and output, nothing else executed."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pytest_readiness.provenance.marks import single

SECONDS = 30.0
"""How long all questions about one file may take together."""

_COMMIT_SECONDS = 5.0
_MOST = 64 * 1024 * 1024

# A repository is somebody else's text, its .git/config too. Aliases cannot shadow git's own
# commands. Of what is asked here nothing prints a patch (no external diff, no textconv), reads
# the working tree through a filter, or checks a signature; the rest is switched off by name.
_SAFE = (
    "--no-pager",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "protocol.allow=never"),
    *("-c", "credential.helper="),
)

# An outer hook sets GIT_DIR, GIT_INDEX_FILE and more, which would answer for its repository
# whatever file is asked about: the repository is found from the file. Only what says where git
# itself, its configuration and the limits of the search are is handed on.
_KEPT = (
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_VALUE_",
)

_OWN = {
    "LC_ALL": "C",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    # A partial clone would fetch what is missing. Versions before 2.44 do not know the first
    # variable (but for security releases); no transport is allowed by the second.
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    # The record is what was committed, not what a local replacement shows in its place.
    "GIT_NO_REPLACE_OBJECTS": "1",
}


class GitError(Exception):
    """Git could not answer: one line that says why."""


class NoRepository(GitError):
    """The folder belongs to no repository."""


class Done(NamedTuple):
    """How a command of git ended."""

    status: int
    out: bytes
    err: bytes


class Git:
    """Git in one folder, with one deadline for all that it is asked."""

    def __init__(self, folder: Path, seconds: float = SECONDS) -> None:
        self.folder = folder
        self._seconds = seconds
        self._end = time.monotonic() + seconds

    def at(self, folder: Path) -> Git:
        """The same in another folder, with the same deadline."""
        other = Git(folder, self._seconds)
        other._end = self._end
        return other

    def ask(self, *arguments: str, given: bytes = b"") -> Done:
        """Run it. Raises GitError if git is missing, takes too long or says too much."""
        self.in_time()
        return _run(["git", "-C", str(self.folder), *_SAFE, *arguments], given, self)

    def answer(self, *arguments: str, given: bytes = b"") -> bytes:
        """What it prints. Raises GitError with the cause if it fails."""
        done = self.ask(*arguments, given=given)
        if done.status:
            raise _cause(done)
        return done.out

    def in_time(self) -> float:
        """Seconds that are left. Raises GitError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise GitError(f"git's history could not be read within {self._seconds:g} s")
        return left


def commit(root: Path) -> str | None:
    """The commit that is checked out, with a mark if files differ from it; None outside git."""
    git = Git(root, _COMMIT_SECONDS)
    try:
        done = git.ask("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
    except GitError:
        return None
    return done.out.decode(errors="replace").strip() or None


def _run(command: list[str], given: bytes, git: Git) -> Done:
    # From a file, so that a git that does not read cannot block the writer.
    with tempfile.TemporaryFile() as source:
        source.write(given)
        source.seek(0)
        try:
            process = subprocess.Popen(
                command,
                stdin=source,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=_environment(),
                start_new_session=True,
            )
        except FileNotFoundError:
            raise GitError("git is not installed, or not on PATH") from None
        except (OSError, ValueError) as error:
            raise GitError(single(f"git could not be started: {error}")) from None
        with process:
            try:
                return _gathered(process, git)
            finally:
                _end(process)


def _gathered(process: subprocess.Popen[bytes], git: Git) -> Done:
    out, err = bytearray(), bytearray()
    assert process.stdout is not None and process.stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, out)
        selector.register(process.stderr, selectors.EVENT_READ, err)
        while selector.get_map():
            for key, _ in selector.select(git.in_time()):
                data = os.read(key.fd, 1 << 16)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
            if len(out) + len(err) > _MOST:
                raise GitError(f"git answered with more than {_MOST >> 20} MiB")
    with suppress(subprocess.TimeoutExpired):
        process.wait(git.in_time())
    git.in_time()
    return Done(process.returncode, bytes(out), bytes(err))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left, not even what it started itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    return {**kept, **_OWN}


def _cause(done: Done) -> GitError:
    """The last line that git complained with, in plain words where it is a common one."""
    text = done.err.decode(errors="replace")
    if "not a git repository" in text or "must be run in a work tree" in text:
        return NoRepository("the file is in no git repository")
    if "dubious ownership" in text or "unsafe repository" in text:
        return GitError(
            "git refuses the repository because it belongs to another user: "
            "git config --global --add safe.directory FOLDER"
        )
    lines = [line for line in text.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
    told = (fatal or lines or [f"it ended with {done.status}"])[0]
    return GitError(single(f"git could not answer: {told}"))
