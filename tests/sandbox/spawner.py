"""Start child processes that die with us.

The kernel sends the parent death signal when the *thread* that started the child ends,
not when the process does. Servers are started from short-lived threads, so one thread
that lives as long as the process starts them all.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

_PR_SET_PDEATHSIG = 1

_Job = tuple["Future[subprocess.Popen[bytes]]", Callable[[], "subprocess.Popen[bytes]"]]

_lock = threading.Lock()
_jobs: SimpleQueue[_Job] | None = None


def spawn(command: list[str], *, death_signal: int, **options: Any) -> subprocess.Popen[bytes]:
    """`Popen` in a session of its own; the kernel signals the child when we are gone."""
    future: Future[subprocess.Popen[bytes]] = Future()
    prepare = _die_with_parent(death_signal)

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=prepare,
            **options,
        )

    _queue().put((future, start))
    return future.result()


def _die_with_parent(death_signal: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: nothing but the system call happens in the child.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before the signal was asked for.
            os._exit(1)

    return prepare


def _queue() -> SimpleQueue[_Job]:
    global _jobs
    with _lock:
        if _jobs is None:
            _jobs = SimpleQueue()
            threading.Thread(target=_work, args=(_jobs,), name="spawner", daemon=True).start()
        return _jobs


def _work(jobs: SimpleQueue[_Job]) -> None:
    while True:
        future, start = jobs.get()
        try:
            future.set_result(start())
        except BaseException as error:
            # The caller waits for this future: whatever happened is its to see.
            future.set_exception(error)


def _forget_after_fork() -> None:
    global _jobs, _lock
    _jobs, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
