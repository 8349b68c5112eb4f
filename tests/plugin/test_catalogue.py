"""Checks switched on and off, changed for one target, too new for a server; listed, explained."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project, Ran

TIDY = "readiness::folder::tidy[{}]"
ANSWER = 'reason = "moving"\nowner = "ana"\nexpires = 2999-01-01\n'


def more(project: Project, text: str) -> None:
    with (project.path / "readiness.toml").open("a") as stream:
        stream.write(text)


def version(project: Project, value: str) -> None:
    text = (project.path / "readiness.toml").read_text()
    project.settings(text.replace("[folder.first]", f"[folder.first]\nversion = {value!r}"))


def relaxed(ran: Ran) -> list[str]:
    assert ran.card is not None, ran.out
    return [item["what"] for item in ran.card["about"]["relaxed"]]


def test_optional_check_is_off_and_nothing_is_relaxed_by_that(ready: Project) -> None:
    ran = ready.run()
    assert TIDY.format("first") not in ran.outcomes()
    assert ran.verdict == "ready"
    assert relaxed(ran) == []


@pytest.mark.parametrize(
    "on", ['[checks."folder.tidy"]\nenabled = true\n', '[checks."folder.neat"]\nenabled = true\n']
)
def test_optional_check_is_on_by_name_or_by_an_older_one(ready: Project, on: str) -> None:
    version(ready, "2.1")
    more(ready, on)
    ran = ready.run()
    assert ran.outcomes()[TIDY.format("first")] == "passed"
    assert ran.outcomes()[TIDY.format("second")] == "not_applicable"
    message = ran.finding(TIDY.format("second"))["message"]
    assert message == "asked from version 2 on; this is 1.5"


def test_optional_check_is_on_by_the_full_catalogue_and_by_argument(ready: Project) -> None:
    ran = ready.run("readiness::folder::tidy[first]")
    assert set(ran.outcomes()) == {TIDY.format("first")}
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'catalogue = "full"\n{text}')
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert {TIDY.format("first"), TIDY.format("second")} <= set(ran.outcomes())


def test_a_check_of_the_user_is_not_hidden_by_its_mark(ready: Project) -> None:
    body = "from pytest_readiness import measure, readiness\n"
    body += "@readiness.blocker(optional=True)\ndef test_own(): assert measure('a', 1) == 2\n"
    ready.tests(test_own=body)
    ran = ready.run()
    assert ran.outcomes()["test_own.py::test_own"] == "failed"
    assert ran.verdict == "not_ready"


def test_full_catalogue_without_one_check_is_relaxed(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(f'catalogue = "full"\n{text}')
    more(ready, '[checks."folder.tidy"]\nenabled = false\nreason = "untidy"\n')
    assert relaxed(ready.run()) == ["folder.tidy: switched off"]


def test_one_target_has_its_own_threshold_and_severity(ready: Project) -> None:
    (ready.path / "folders" / "first" / "big").write_bytes(b"x" * 500)
    more(
        ready,
        '[checks."folder.size"]\nsize = 200\n'
        'targets.first = { size = 1000, severity = "low", reason = "archive" }\n',
    )
    ran = ready.run()
    first = ran.finding("readiness::folder::size[first]")
    second = ran.finding("readiness::folder::size[second]")
    assert (first["outcome"], first["severity"]) == ("passed", "low")
    assert (second["outcome"], second["severity"]) == ("passed", "high")
    assert [e["expected"] for f in (first, second) for e in f["evidence"]] == [1000, 200]
    assert relaxed(ran) == [
        "folder.size: size 100 -> 200",
        "folder.size[first]: severity high -> low",
        "folder.size[first]: size 100 -> 1000",
    ]


def test_one_target_is_not_asked(ready: Project) -> None:
    more(ready, '[checks."folder.backup".targets.first]\nenabled = false\nreason = "a cache"\n')
    ran = ready.run()
    assert "readiness::folder::backup[first]" not in ran.outcomes()
    assert ran.outcomes()["readiness::folder::backup[second]"] == "passed"
    assert relaxed(ran) == ["folder.backup[first]: switched off"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[checks."folder.size"]\nenabled = false\n', "switched off only with a reason"),
        ('[checks."folder.size".targets.first]\nenabled = false\n', "folder.size[first]"),
        (
            '[checks."folder.no_core".targets.first]\nenabled = false\nreason = "x"\n',
            "a blocker is relaxed only with owner, expires",
        ),
        (
            '[checks."folder.size".targets.frist]\nsize = 3\n',
            "no such target; did you mean 'first'",
        ),
        ('[checks."folder.size".targets.first]\nsiez = 3\n', "did you mean 'size'"),
        ('[checks."folder.size".targets]\nfirst = 3\n', "targets.first: expected a table"),
        ('[checks."folder.size"]\nsize = nan\n', "size: expected a finite number from 0 on"),
        ('[checks."folder.size"]\nsize = -1\n', "size: expected a finite number from 0 on"),
        ('[checks."folder.size"]\ntargets = 3\n', "targets: expected tables by a target's name"),
        (
            '[checks."folder.tidy"]\nfiles = 3\n[checks."folder.neat"]\nfiles = 4\n',
            "an older name of folder.tidy, which is set too",
        ),
    ],
)
def test_wrong_change_is_one_line(ready: Project, text: str, said: str) -> None:
    more(ready, text)
    ran = ready.run()
    assert ran.exit == 4
    assert said in ran.out
    assert len(ran.out.strip().splitlines()) == 1


def test_blocker_answered_for_on_one_target(ready: Project) -> None:
    more(ready, f'[checks."folder.no_core".targets.first]\nseverity = "low"\n{ANSWER}')
    ran = ready.run()
    assert relaxed(ran) == ["folder.no_core[first]: severity blocker -> low"]


def test_findings_carry_category_effort_and_source(ready: Project) -> None:
    found = ready.run("readiness::folder::tidy").finding(TIDY.format("first"))
    kept = ("category", "effort", "source")
    assert [found[k] for k in kept] == ["operations", "minutes", "a tidy mind"]


def test_list_says_what_is_asked_and_what_is_not_and_why(ready: Project) -> None:
    more(ready, '[checks."folder.size"]\nseverity = "low"\n')
    ran = ready.run("--readiness-list", readiness=False)
    assert ran.exit == 0
    assert "folder[first] at localhost:1: 5 asked, 1 not asked, 1 off" in ran.out
    for line in (
        "  blocker  folder.no_core     Has nothing crashed?",
        "  low      folder.size        Is it small?",
        "    folder.round_trip: it writes, and writes are not allowed",
        '    folder.tidy: optional: enabled = true, or catalogue = "full", switches it on',
    ):
        assert line in ran.out
    assert not (ready.path / "folders" / "first.observed").exists()


def test_list_without_a_target_shows_every_system(project: Project) -> None:
    ran = project.run("--readiness-list", readiness=False)
    assert ran.exit == 0
    assert "no target is configured" in ran.out
    assert "redis.persistence" in ran.out


def test_explain_prints_one_check(ready: Project) -> None:
    more(ready, '[checks."folder.tidy".targets.second]\nenabled = true\nfiles = 9\n')
    ran = ready.run("--readiness-explain", "folder.neat", readiness=False)
    assert ran.exit == 0
    assert ran.result.stdout.lines == [
        "folder.tidy (low, operations)",
        "Are there few files?",
        "",
        "  judges by  files at most 5",
        "  remedy     Sort them.",
        "  effort     minutes",
        "  asked in   every environment",
        "  since      server version 2",
        "  needs      chmod +r",
        "  source     a tidy mind",
        "  optional   off unless named or the catalogue is full",
        "  was        folder.neat",
        '  on first   optional: enabled = true, or catalogue = "full", switches it on',
        "  on second  asked with files 9",
    ]


def test_explain_of_an_unknown_check_names_the_nearest(ready: Project) -> None:
    ran = ready.run("--readiness-explain", "folder.tidi", readiness=False)
    assert ran.exit == 4
    assert "no check 'folder.tidi'; did you mean 'folder.tidy'? (--readiness-list" in ran.out


@pytest.mark.parametrize("options", [(), ("--readiness-list",)])
def test_hostile_id_in_the_settings_is_inert(ready: Project, options: tuple[str, ...]) -> None:
    more(ready, '[checks."\\u001b[31mred"]\nenabled = true\n')
    ran = ready.run(*options)
    assert ran.exit == 4
    assert "[31mred" in ran.out
    assert "\x1b" not in ran.out


@pytest.mark.parametrize(
    "name", ["folder.tidy[first]", "readiness::folder::tidy", "readiness::folder::neat[first]"]
)
def test_explain_takes_the_name_that_a_report_or_a_run_gives(ready: Project, name: str) -> None:
    ran = ready.run("--readiness-explain", name, readiness=False)
    assert ran.exit == 0
    assert "folder.tidy (low, operations)" in ran.out
    assert "  on first   optional" in ran.out


def test_explain_of_an_own_check_says_that_it_is_not_built_in(ready: Project) -> None:
    ran = ready.run("--readiness-explain", "test_own.py::test_low", readiness=False)
    assert ran.exit == 4
    assert "'test_own.py::test_low' is not built in; see it where it is written" in ran.out


def test_list_breaks_no_option_at_its_hyphens(
    ready: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "76")
    lines = ready.run("--readiness-list", readiness=False).result.stdout.lines
    assert max(map(len, lines)) <= 76
    assert any("--readiness-writes" in line for line in lines)


def test_list_is_cut_to_a_terminal_only(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    whole = project.run("--readiness-list", readiness=False, subprocess=True)
    assert "…" not in whole.out
    monkeypatch.setenv("COLUMNS", "80")
    assert "…" in project.run("--readiness-list", readiness=False, subprocess=True).out


def test_explain_needs_no_settings_that_can_be_used(ready: Project) -> None:
    ready.settings('[folder.first]\nurl = "${NO_SUCH}"\n')
    ran = ready.run("--readiness-explain", "folder.size", readiness=False)
    assert ran.exit == 0
    assert (
        "  here       readiness.toml: folder.first.url: the variable NO_SUCH is not set" in ran.out
    )
    assert ready.run("--readiness-list", readiness=False).exit == 4
