"""A secret of the settings, in whatever a check or a module tells pytest beside its result."""

from __future__ import annotations

import pytest

from tests.plugin.bodies import HEAD
from tests.plugin.conftest import Project

SECRET = "hunter2Zx9"

LEAKS = {
    "warning": "    warnings.warn('w ' + SECRET)\n    assert measure('a', 1) == 1\n",
    "thread": (
        "    def fail(): raise ValueError(SECRET)\n    one = threading.Thread(target=fail)\n"
        "    one.start(); one.join()\n    assert measure('a', 1) == 1\n"
    ),
    "xfail": "    pytest.xfail('x ' + SECRET)\n",
    "property": (
        "    request.node.user_properties.append(('url', SECRET))\n"
        "    assert measure('a', 1) == 1\n"
    ),
    "stop": "    request.session.shouldfail = 's ' + SECRET\n",
}


def secret(project: Project) -> None:
    path = project.path / "folders" / "first"
    text = (project.path / "readiness.toml").read_text()
    project.settings(text.replace(f"folder://{path}", f"folder://ana:{SECRET}@{path}"))


@pytest.mark.parametrize("case", LEAKS)
def test_secret_in_what_a_check_tells_pytest(
    ready: Project, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    secret(ready)
    monkeypatch.setenv("SECRET", SECRET)
    head = f"import os\nSECRET = os.environ['SECRET']\n{HEAD}"
    body = f"@readiness.low\ndef test_case(request):\n{LEAKS[case]}"
    ready.tests(test_own=head + body)
    ran = ready.run("-rA", subprocess=True)
    assert ran.card is not None
    told = "" if case == "stop" else ran.out  # pytest prints its own line of the stop
    assert SECRET not in told + ran.junit.read_text() + str(ran.card)


def test_secret_in_a_module_that_cannot_be_collected(
    ready: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret(ready)
    monkeypatch.setenv("SECRET", SECRET)
    for line in ("raise ValueError(SECRET)", "raise ImportError(SECRET)"):
        ready.tests(test_own=f"import os\nSECRET = os.environ['SECRET']\n{line}\n")
        ran = ready.run("--showlocals", "-rA")
        assert ran.verdict == "incomplete"
        assert SECRET not in ran.out + ran.junit.read_text() + str(ran.card)
