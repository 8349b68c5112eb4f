"""Secrets in a user's own checks: printed, raised, logged, named; serial, in workers, live."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.conftest import Project
from tests.secrets.traces import LIVE, LOUD, pytest_run

SECRETS = {
    "URL_SECRET": "planted/in&the url'é",
    "VARIABLE_PASSWORD": "planted-in-a-variable",
}
"""One is the password of a target, percent-encoded in its URL; one only a variable's value."""

CHECKS = """
import json, logging, os, sys, threading, warnings, html, base64
from urllib.parse import quote
import pytest
from pytest_readiness import blocked, measure, readiness

SECRETS = [os.environ["URL_SECRET"], os.environ["VARIABLE_PASSWORD"]]
FORMS = [
    form
    for s in SECRETS
    for form in (s, quote(s, safe=""), quote(s), repr(s), json.dumps(s), html.escape(s),
                 base64.b64encode(f"someone:{s}".encode()).decode(), f"redis://x:{quote(s)}@h/1")
]

@pytest.fixture(params=FORMS, ids=[f"{i} {f}" for i, f in enumerate(FORMS)])
def form(request):
    return request.param

@readiness.low
@pytest.mark.parametrize("value", FORMS)
def test_parametrized(value, tmp_path, request):
    assert measure("value", value) == "another"

@readiness.low
def test_everything(form, folder_probe, request, record_property, record_testsuite_property,
                    record_xml_attribute, tmp_path):
    local = {"url": form, "nested": [(form, form.encode())]}
    print("printed", form); print("error", form, file=sys.stderr)
    os.write(1, b"")
    logging.getLogger("own").debug("logged %s", form)
    logging.getLogger("own").error("logged", extra={"form": form}, exc_info=ValueError(form))
    warnings.warn("warned " + form)
    record_property("own", form); record_testsuite_property("suite", form)
    record_xml_attribute("attribute", form)
    repr(folder_probe._settings), str(folder_probe.facts)
    def fail(): raise ValueError(form)
    thread = threading.Thread(target=fail); thread.start(); thread.join()
    try:
        raise KeyError(form)
    except KeyError as error:
        raise RuntimeError(f"chained {form}") from error

@readiness.low
def test_plain_assert_of_what_holds_it(form, folder_probe):
    long = "x" * 150 + form + "y" * 300
    assert long == form + long, f"with a message {form}"

@readiness.low
def test_settings(folder_probe):
    assert folder_probe._settings == [os.environ["URL_SECRET"]]

@readiness.low
def test_blocked(form):
    blocked(f"no right for {form}")

@readiness.low
def test_measured(form):
    assert measure(f"name {form}", form, unit=form) == {form: 1}

@readiness.low
def test_skipped(form):
    pytest.skip(f"skipped {form}")

@readiness.low(remedy=f"Say {SECRETS[0]}.", owner=SECRETS[1], ref=SECRETS[0], title=SECRETS[1])
def test_marked():
    assert measure("a", 1) == 2

@readiness.low
def test_subtest(subtests, form):
    with subtests.test(form):
        assert form == "another"

@readiness.low
@pytest.mark.xfail(reason=f"expected {SECRETS[0]}")
def test_expected():
    assert measure("a", 1) == 2
"""

OUTSIDE = {
    "internal error": "def pytest_runtest_logfinish(nodeid):\n    raise ValueError(SECRET)",
    "internal error at the end": "def pytest_sessionfinish():\n    raise ValueError(SECRET)",
    "exit": "def pytest_runtest_setup(item):\n    pytest.exit('because ' + SECRET)",
    "exit at the start": "def pytest_sessionstart():\n    pytest.exit('because ' + SECRET, 0)",
    "exit of the collection": "def pytest_collection():\n    pytest.exit('because ' + SECRET)",
    "stop": "def pytest_runtest_setup(item):\n    item.session.shouldstop = 'for ' + SECRET",
    "header": "def pytest_report_header():\n    return 'header ' + SECRET",
    "summary": "def pytest_terminal_summary(terminalreporter):\n"
    "    terminalreporter.write_line('summary ' + SECRET)",
    "usage": "def pytest_collection_modifyitems():\n    raise pytest.UsageError('use ' + SECRET)",
    "module": "def pytest_collect_file(file_path):\n    raise OSError(SECRET)",
}

IN_WORKERS = ("internal error", "exit", "usage")


@pytest.fixture
def planted(ready: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project whose target has a password, whose checks shout it, and a variable with one."""
    from urllib.parse import quote

    path = ready.path / "folders" / "first"
    text = (ready.path / "readiness.toml").read_text()
    user = f"folder://ana:{quote(SECRETS['URL_SECRET'], safe='')}@{path}"
    ready.settings(text.replace(f"folder://{path}", user))
    for name, secret in SECRETS.items():
        monkeypatch.setenv(name, secret)
    return ready


@pytest.mark.parametrize(
    "options",
    [
        (*LOUD, "-n", "2"),
        (*LOUD, *LIVE, "--color=yes"),
        (*LIVE, "-n", "2", "--full-trace", "-k", "everything and first or subtest"),
    ],
    ids=["workers", "live", "live workers"],
)
def test_whatever_a_check_does_with_it(planted: Project, options: tuple[str, ...]) -> None:
    planted.tests(test_own=CHECKS)
    # With annotations for GitHub, and a hook that quotes what it is given.
    hook, forge = ("-p", "tests.secrets.told"), {"GITHUB_ACTIONS": "true"}
    found = pytest_run(planted.path, *hook, *options, env=forge)
    assert found.leaks(SECRETS.values()) == []
    assert {"r.json", "j.xml", "told.json"} <= {Path(place).name for place in found.places}
    assert "\n::" in found.out
    assert found.out.count("***") > 100


@pytest.mark.parametrize("case", OUTSIDE)
def test_whatever_a_conftest_does_with_it(planted: Project, case: str) -> None:
    with (planted.path / "conftest.py").open("a") as stream:
        stream.write(f"\nimport os, pytest\nSECRET = os.environ['URL_SECRET']\n{OUTSIDE[case]}\n")
    options = ("-n", "2") if case in IN_WORKERS else ()
    found = pytest_run(planted.path, "-k", "first", *options)
    assert found.leaks(SECRETS.values()) == []
    assert found.status != 0 or case in ("header", "summary"), found.out
