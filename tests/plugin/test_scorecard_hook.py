"""``pytest_readiness_scorecard``: who is told, when, and what one that fails leaves standing."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.bodies import GOOD, HEAD, conftest
from tests.plugin.conftest import Project, Ran

EXAMPLE = Path(__file__).parents[2] / "examples" / "webhook" / "conftest.py"
TOLD = """
def pytest_readiness_scorecard(config, scorecard):
    here = config.rootpath
    files = [name for name in ("r.json", "j.xml") if (here / name).stat().st_size]
    with (here / "told").open("a") as stream:
        stream.write(f"{scorecard.verdict.value} {scorecard.score} {files}\\n")
"""
PLUGIN = """
import sys, pytest
class Second:
    def pytest_readiness_scorecard(self, scorecard):
        {body}
def pytest_configure(config):
    config.pluginmanager.register(Second(), "second")
"""


def told(project: Project) -> list[str]:
    """What the conftest's implementation was told, a line a call."""
    file = project.path / "told"
    return file.read_text().splitlines() if file.exists() else []


def second(project: Project, body: str) -> None:
    """Add another implementation, which is called first."""
    conftest(project, PLUGIN.format(body=body) + TOLD)


def troubles(ran: Ran) -> list[str]:
    """Lines of the summary about the hook."""
    return [line for line in ran.out.splitlines() if line.startswith("pytest_readiness_score")]


@pytest.mark.parametrize("args", [(), ("-n", "2"), ("-n", "2", "--dist=each"), ("-q",)])
def test_called_once_when_all_files_are_there(ready: Project, args: tuple[str, ...]) -> None:
    conftest(ready, TOLD)
    ran = ready.run(*args)
    assert ran.card is not None
    assert told(ready) == [f"ready {ran.card['score']} ['r.json', 'j.xml']"]
    assert ran.exit == 0


@pytest.mark.parametrize("args", [("--collect-only",), ("no_such_folder",), ("--readiness-list",)])
def test_not_called_where_nothing_is_judged(ready: Project, args: tuple[str, ...]) -> None:
    conftest(ready, TOLD)
    ready.run(*args)
    assert told(ready) == []


def test_not_called_without_readiness(ready: Project) -> None:
    conftest(ready, TOLD)
    ready.run(readiness=False)
    assert told(ready) == []


@pytest.mark.parametrize(
    "how",
    [
        "def pytest_runtest_logfinish(): raise KeyboardInterrupt",
        "def pytest_runtest_logfinish(): pytest.exit('enough', returncode=0)",
        "def pytest_runtest_logfinish(): raise ValueError('broken')",
    ],
)
def test_called_of_a_run_that_broke_off(ready: Project, how: str) -> None:
    conftest(ready, f"{TOLD}\n{how}\n")
    ran = ready.run(subprocess=True)
    assert [line.split()[0] for line in told(ready)] == ["incomplete"]
    assert ran.exit != 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise ValueError('no\\nroute')", "ValueError: no"),
        ("raise ValueError", "ValueError"),
        ("pytest.fail('unhappy')", "Failed: unhappy"),
        ("sys.exit(0)", "SystemExit: 0"),
        ("assert scorecard.score is None", "AssertionError"),
        ("scorecard.verdict = 'ready'", "AttributeError: immutable type: 'Scorecard'"),
    ],
)
@pytest.mark.parametrize("args", [(), ("-n", "2")])
def test_one_that_raises(ready: Project, body: str, said: str, args: tuple[str, ...]) -> None:
    second(ready, body)
    ran = ready.run(*args)
    [line] = troubles(ran)
    assert line.startswith(f"pytest_readiness_scorecard of second: {said}")
    assert len(told(ready)) == 1, "the others are called all the same"
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert "Traceback" not in ran.out
    assert "READY for production" in ran.out


def test_conftest_is_named_by_its_file_and_says_no_secret(ready: Project) -> None:
    path = ready.path / "folders" / "first"
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace(f"folder://{path}", f"folder://ana:hunter22@{path}"))
    conftest(ready, "def pytest_readiness_scorecard():\n    raise OSError('with hunter22')\n")
    ran = ready.run()
    [line] = troubles(ran)
    assert line == "pytest_readiness_scorecard of conftest.py: OSError: with ***"


def test_what_is_async_is_not_taken_for_done(ready: Project) -> None:
    conftest(ready, "async def pytest_readiness_scorecard(scorecard): pass\n")
    ran = ready.run()
    assert "it is async, and nothing awaits it" in troubles(ran)[0]
    assert ran.exit == 1


@pytest.mark.parametrize(
    ("body", "said", "status"),
    [
        ("raise KeyboardInterrupt", "was interrupted; none after it is called", 2),
        ("pytest.exit('enough', returncode=0)", "ended the run: enough", 1),
        ("pytest.exit('enough')", "ended the run: enough", 1),
        ("pytest.exit('enough', returncode=7)", "ended the run: enough", 7),
    ],
)
def test_one_that_ends_the_run(ready: Project, body: str, said: str, status: int) -> None:
    second(ready, body)
    ran = ready.run(subprocess=True)
    assert troubles(ran) == [f"pytest_readiness_scorecard of second {said}"]
    assert told(ready) == []
    assert (ran.verdict, ran.exit) == ("ready", status), "what is decided and written stands"
    assert "READY for production" in ran.out


def test_nobody_can_change_what_others_are_told(ready: Project) -> None:
    second(ready, "scorecard.counts.clear(); scorecard.about.versions['x'] = 'y'")
    conftest(
        ready,
        "def pytest_terminal_summary(config):\n"
        "    card = config.pluginmanager.get_plugin('readiness-gate').scorecard\n"
        "    assert card.counts['passed'] and 'x' not in card.about.versions\n",
    )
    ran = ready.run()
    assert ran.exit == 0
    assert "passed" in ran.out


def test_without_a_terminal_the_line_is_still_told(ready: Project) -> None:
    conftest(ready, "def pytest_readiness_scorecard(): 1 / 0\n")
    ran = ready.run("-p", "no:terminal", subprocess=True)
    assert ran.exit == 1
    assert "readiness: pytest_readiness_scorecard of conftest.py: ZeroDivisionError" in ran.out


# --- The example: a webhook.


class Webhook(ThreadingHTTPServer):
    """A server that keeps what is posted to it."""

    daemon_threads = True

    def __init__(self, status: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.status = status
        self.posted: list[dict[str, Any]] = []
        self.let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/services/T0PS3CRET"


class _Answers(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(content))
        if not self.server.status:
            self.server.let_go.wait(30)
            return
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def webhook(request: pytest.FixtureRequest) -> Iterator[Webhook]:
    with Webhook(getattr(request, "param", 200)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.let_go.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def example(ready: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose conftest is the example's, beside that of the tests."""
    shutil.copy(EXAMPLE, ready.path / "webhook_example.py")
    with (ready.path / "conftest.py").open("a") as stream:
        stream.write("\npytest_plugins = ['webhook_example']\n")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return ready


def test_example_posts(example: Project, webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("READINESS_WEBHOOK_URL", webhook.url)
    bad = "".join(
        f"@readiness.{severity}(remedy='Mend it.')\n"
        f"def test_{n}():\n    assert measure('a', 1) == 2\n"
        for n, severity in enumerate(["low"] * 6 + ["blocker"])
    )
    example.tests(test_own=HEAD + GOOD + bad)
    ran = example.run()
    assert ran.card is not None
    [posted] = webhook.posted
    assert posted["verdict"] == ran.verdict == "not_ready"
    assert posted["score"] == ran.card["score"]
    assert posted["failures"][0] == {
        "check": "test_own.py::test_6",
        "severity": "blocker",
        "message": "a is 1, must be 2",
        "remedy": "Mend it.",
    }
    assert (len(posted["failures"]), posted["more"]) == (5, 2)
    assert posted["text"].startswith("NOT READY of shop in production: blocker test_own.py")
    assert not troubles(ran)


def test_example_without_a_webhook(example: Project) -> None:
    assert example.run().exit == 0


@pytest.mark.parametrize("webhook", [404, 500], indirect=True)
def test_example_that_is_refused(
    example: Project, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_WEBHOOK_URL", webhook.url)
    ran = example.run()
    [line] = troubles(ran)
    assert line.endswith(f"RuntimeError: webhook at 127.0.0.1: it answers {webhook.status}")
    assert (ran.verdict, ran.exit) == ("ready", 1)
    assert "T0PS3CRET" not in ran.out


@pytest.mark.parametrize("webhook", [0], indirect=True)
def test_example_that_gets_no_answer(
    example: Project, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READINESS_WEBHOOK_URL", webhook.url)
    text = (example.path / "webhook_example.py").read_text()
    (example.path / "webhook_example.py").write_text(text.replace("SECONDS = 5.0", "SECONDS = 0.5"))
    ran = example.run()
    assert "webhook at 127.0.0.1: " in troubles(ran)[0]
    assert ran.exit == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1/T0PS3CRET", "webhook at 127.0.0.1: Connection refused"),
        ("file:///etc/T0PS3CRET", "READINESS_WEBHOOK_URL is no URL of a webhook"),
        ("T0PS3CRET", "READINESS_WEBHOOK_URL is no URL of a webhook"),
        ("http://127.0.0.1:T0PS3CRET/", "READINESS_WEBHOOK_URL is no URL of a webhook"),
    ],
)
def test_example_says_no_secret(
    example: Project, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("READINESS_WEBHOOK_URL", url)
    ran = example.run()
    [line] = troubles(ran)
    assert line.endswith(said)
    assert "T0PS3CRET" not in ran.out
