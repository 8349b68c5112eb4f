"""Checklists in a run: items as checks, links to checks, who ticked, and ticks written back."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pytest_readiness.run import updating
from pytest_readiness.run.command import main
from tests.plugin.conftest import Project, Ran

LIST = """# Go live

## Must have
- [x] Folder is small <!-- readiness: check=folder.size -->
- [ ] Backups are there <!-- readiness: check=folder.backup target=first -->
- [x] Rollback contact named

## Nice to have
- [ ] Dashboard
"""
FILE = "docs/GO_LIVE.md"
NODE = f"readiness::checklist::{FILE}::"
EVERYWHERE = pytest.mark.parametrize("args", [(), ("-n", "2")], ids=" ".join)


def git(folder: Path, *command: str, who: str = "Ana Lima", day: str = "2026-01-02") -> None:
    """Run git as somebody on a day."""
    mail = f"{who.split()[0].lower()}@example.com"
    when = f"{day}T12:00:00+0000"
    variables = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": "/usr/bin:/bin",
        **{f"GIT_{role}_NAME": who for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_EMAIL": mail for role in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER")},
    }
    subprocess.run(
        ["git", "-C", str(folder), *command], check=True, env=variables, capture_output=True
    )


@pytest.fixture
def listed(ready: Project) -> Project:
    """A project that is ready, with a checklist in git."""
    write(ready, LIST)
    settings(ready, "")
    git(ready.path, "init", "-q")
    git(ready.path, "add", "docs")
    git(ready.path, "commit", "-qm", "x")
    return ready


def write(project: Project, text: str, file: str = FILE) -> None:
    path = project.path / file
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(text.encode())


def settings(project: Project, text: str) -> None:
    path = project.path / "readiness.toml"
    kept = path.read_text().partition("[checklists]")[0]
    path.write_text(f'{kept}[checklists]\nfiles = ["docs/*.md"]\n{text}')


def of_list(ran: Ran) -> dict[str, str]:
    return {n.removeprefix(NODE): o for n, o in ran.outcomes().items() if n.startswith(NODE)}


@EVERYWHERE
def test_items_are_checks(listed: Project, args: tuple[str, ...]) -> None:
    ran = listed.run(*args)
    assert of_list(ran) == {
        "folder-is-small": "passed",
        "backups-are-there": "passed",
        "rollback-contact-named": "attested",
        "dashboard": "failed",
    }
    assert ran.card is not None
    assert ran.card["complete"], ran.out
    named = ran.finding(f"{NODE}rollback-contact-named")
    assert (named["file"], named["line"], named["severity"]) == (FILE, 6, "blocker")
    assert named["message"].startswith("ticked by Ana Lima on 2026-01-02 (")
    assert named["signed"]["author"] == "Ana Lima"
    small = ran.finding(f"{NODE}folder-is-small")
    assert small["measured_by"] == ["folder.size"]
    assert small["message"] == "measured by folder.size"
    assert small["evidence"]
    (checklist,) = ran.card["checklists"]
    assert (checklist["done"], checklist["total"]) == (3, 4)
    words = " ".join(ran.out.split())
    assert f"{FILE}: 3 of 4 done" in words
    assert "1 attested beside" in words


def test_linked_items_have_no_weight(listed: Project) -> None:
    with_list = listed.run()
    # Without the two that rest on somebody's word.
    write(listed, "\n".join(line for line in LIST.splitlines() if "check=" in line or "#" in line))
    linked = listed.run()
    (listed.path / "readiness.toml").write_text(
        (listed.path / "readiness.toml").read_text().partition("[checklists]")[0]
    )
    without = listed.run()
    assert linked.card is not None
    assert without.card is not None
    assert with_list.card is not None
    for key in ("score", "coverage", "verdict", "decided_by"):
        assert linked.card[key] == without.card[key]
    assert with_list.card["score"] < without.card["score"]


@EVERYWHERE
def test_ticked_but_measured_otherwise(listed: Project, args: tuple[str, ...]) -> None:
    for i in range(20):
        (listed.path / "folders" / "second" / f"f{i}").write_bytes(b"x" * 10)
    ran = listed.run(*args, "-q")
    finding = ran.finding(f"{NODE}folder-is-small")
    assert finding["outcome"] == "failed"
    assert finding["points"] == 0
    assert finding["message"].startswith("ticked, but measured otherwise: folder.size[second]: ")
    assert "ticked, but measured otherwise (1)" in ran.out
    assert f"{FILE}:4 Folder is small" in ran.out
    # What is a blocker to the team forbids the launch, whatever the check's own severity.
    assert ran.verdict == "not_ready"
    assert ran.card is not None
    assert "folder.size[second]" in ran.card["route"]
    assert not any("checklist.folder-is-small" in step for step in ran.card["route"])


def test_junit_says_what_the_report_says(listed: Project) -> None:
    ran = listed.run()
    text = ran.junit.read_text()
    assert 'name="dashboard"' in text
    assert "[low] open" in text
    assert text.count("<failure") == 1


@EVERYWHERE
def test_ticks_are_written_back(listed: Project, args: tuple[str, ...]) -> None:
    for i in range(20):
        (listed.path / "folders" / "second" / f"f{i}").write_bytes(b"x" * 10)
    strange = LIST.replace("\n", "\r\n").replace("Dashboard", "Dashboard  \t")
    write(listed, strange)
    ran = listed.run(*args)
    assert (listed.path / FILE).read_bytes().decode() == strange, "nothing is written unasked"
    ran = listed.run(*args, "--readiness-update-checklists")
    wanted = strange.replace("[x] Folder", "[ ] Folder").replace("[ ] Backups", "[x] Backups")
    assert (listed.path / FILE).read_bytes().decode() == wanted
    for line in (
        f"--- a/{FILE}",
        "-- [x] Folder is small <!-- readiness: check=folder.size -->",
        "+- [ ] Folder is small <!-- readiness: check=folder.size -->",
        "+- [x] Backups are there <!-- readiness: check=folder.backup target=first -->",
    ):
        assert line in ran.out.splitlines()
    again = listed.run(*args, "--readiness-update-checklists")
    assert "+++" not in again.out
    assert "ticked, but measured otherwise" not in again.out


def test_file_that_cannot_be_written(listed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(updating, "replaced", refuse)
    ran = listed.run("--readiness-update-checklists")
    assert f"not written: {FILE}: not updated: Read-only file system" in ran.out
    assert ran.exit != 0


def test_selection(listed: Project) -> None:
    ran = listed.run(f"{NODE}dashboard")
    assert list(ran.outcomes()) == [f"{NODE}dashboard"]
    assert ran.exit == 1, "a part of the checks in production"
    ran = listed.run("readiness::checklist")
    assert len(ran.outcomes()) == 4
    linked = ran.finding(f"{NODE}folder-is-small")
    assert linked["outcome"] == "blocked"
    assert linked["message"] == "not measured: folder.size was not judged in this run"
    ran = listed.run("-m", "readiness(severity='low')", "-k", "GO_LIVE")
    assert list(ran.outcomes()) == [f"{NODE}dashboard"]
    ran = listed.run(f"{NODE}dashbord")
    assert ran.exit == 4
    assert "did you mean" in ran.out


def test_items_that_another_shard_measures(listed: Project) -> None:
    """The list is the first shard's, and the second target's check is the second's."""
    for i in range(20):
        (listed.path / "folders" / "second" / f"f{i}").write_bytes(b"x" * 10)
    reports = []
    for number in (1, 2):
        ran = listed.run("--readiness-shard", f"{number}/2")
        assert ran.exit == 0, ran.out
        assert ran.verdict == "partial"
        reports.append(listed.path / f"shard-{number}.json")
        (listed.path / "r.json").rename(reports[-1])
    merged = listed.path / "merged.json"
    assert main(["merge", *map(str, reports), "-o", str(merged)]) == 1
    card = json.loads(merged.read_text())
    assert card["verdict"] == "not_ready"
    found = {f["node"]: f for f in card["findings"]}
    small = found[f"{NODE}folder-is-small"]
    assert small["message"].startswith("ticked, but measured otherwise: folder.size[second]")
    (checklist,) = card["checklists"]
    assert (checklist["done"], checklist["total"]) == (2, 4)


def test_collect_only_lists_items_and_asks_nobody(listed: Project) -> None:
    ran = listed.run("--collect-only", "-q", "--readiness-update-checklists")
    assert f"{NODE}dashboard" in ran.out
    assert ran.card is None


def test_waiver_of_an_item(listed: Project) -> None:
    settings(
        listed,
        '[[waivers]]\ncheck = "checklist.dashboard"\nreason = "later"\nowner = "ana"\n'
        "expires = 2999-01-01\n",
    )
    ran = listed.run()
    assert of_list(ran)["dashboard"] == "waived"
    assert ran.card is not None
    (checklist,) = ran.card["checklists"]
    assert (checklist["done"], checklist["total"]) == (3, 3)


def test_tick_that_ran_out(listed: Project) -> None:
    settings(listed, 'valid_for = "1d"\n')
    ran = listed.run()
    assert of_list(ran)["rollback-contact-named"] == "failed"
    message = ran.finding(f"{NODE}rollback-contact-named")["message"]
    assert message.startswith("the tick by Ana Lima of 2026-01-02 ran out on 2026-01-03, ")


def test_shallow_clone(listed: Project) -> None:
    write(listed, LIST + "- [ ] Another\n")
    git(listed.path, "commit", "-qam", "y", day="2026-02-03")
    git(listed.path, "clone", "-q", "--depth=1", f"file://{listed.path}", "shallow")
    path = listed.path / "readiness.toml"
    kept = path.read_text().partition("[checklists]")[0]
    path.write_text(f'{kept}[checklists]\nfiles = ["shallow/docs/*.md"]\n')
    node = f"readiness::checklist::shallow/{FILE}::rollback-contact-named"
    finding = listed.run().finding(node)
    assert finding["outcome"] == "attested"
    assert "cannot be known in a shallow clone" in finding["message"]
    path.write_text(f'{path.read_text()}valid_for = "90d"\n')
    finding = listed.run().finding(node)
    assert finding["outcome"] == "blocked"
    assert "fetch-depth: 0" in finding["message"]


def test_without_any_target(project: Project) -> None:
    write(project, "- [x] done\n- [ ] not done\n")
    project.settings('[checklists]\nfiles = ["docs/GO_LIVE.md"]\n')
    ran = project.run()
    assert of_list(ran) == {"done": "attested", "not-done": "failed"}
    assert "the file is not in git" in ran.finding(f"{NODE}done")["message"]
    assert ran.card is not None
    assert ran.card["about"]["environment"] == "production"
    assert f"NOT READY for production: {FILE}" in ran.out


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("check=folder.siez", 1, "unknown check 'folder.siez'; did you mean 'folder.size'?"),
        ("check=folder.size target=frist", 1, "no folder target 'frist'; did you mean 'first'?"),
        ("check=folder.size sice=3", 1, "has no threshold 'sice'"),
        ("severty=high", 1, "did you mean 'severity'?"),
        ("severity=hihg", 1, "did you mean 'high'?"),
    ],
)
def test_what_a_comment_says_wrongly(ready: Project, text: str, line: int, words: str) -> None:
    write(ready, f"- [x] one <!-- readiness: {text} -->\n")
    settings(ready, "")
    for args in ((), ("-n", "2")):
        ran = ready.run(*args)
        assert ran.exit == 4, ran.out
        assert f"{FILE}:{line}: " in ran.out
        assert words in " ".join(ran.out.split())
        assert "Traceback" not in ran.out


@EVERYWHERE
def test_link_to_a_check_of_ones_own(listed: Project, args: tuple[str, ...]) -> None:
    listed.tests(
        test_own="""
        import pytest
        from pytest_readiness import measure, readiness

        @readiness.low
        @pytest.mark.parametrize("n", [1, 2])
        def test_n(n):
            assert measure("n", n) == 1
        """
    )
    lines = (
        f"- [x] item {n} <!-- readiness: check=test_own.py::test_n{n} -->" for n in ("", "[1]")
    )
    write(listed, "\n".join(lines))
    ran = listed.run(*args)
    assert sorted(of_list(ran).values()) == ["failed", "passed"]
    write(listed, "- [x] one\n- [x] n <!-- readiness: check=test_own.py::test_m -->\n")
    ran = listed.run(*args)
    assert ran.exit == 4
    words = " ".join(ran.out.split())
    assert f"{FILE}:2: no check 'test_own.py::test_m'; did you mean" in words


def test_thresholds_of_a_link(listed: Project) -> None:
    for i in range(20):
        (listed.path / "folders" / "second" / f"f{i}").write_bytes(b"x" * 10)
    write(listed, LIST.replace("folder.size", "folder.size size=500"))
    ran = listed.run()
    assert of_list(ran)["folder-is-small"] == "passed"
    assert ran.outcomes()["readiness::folder::size[second]"] == "passed"
    assert ran.card is not None
    assert [r["what"] for r in ran.card["about"]["relaxed"]] == ["folder.size: size 100 -> 500"]
    # One check has one threshold.
    text = (listed.path / "readiness.toml").read_text()
    (listed.path / "readiness.toml").write_text(f'{text}[checks."folder.size"]\nsize = 300\n')
    ran = listed.run()
    assert ran.exit == 4
    assert "size is 500 here and 300 in the settings" in " ".join(ran.out.split())


def test_no_file_matches(ready: Project) -> None:
    path = ready.path / "readiness.toml"
    path.write_text(f'{path.read_text()}[checklists]\nfiles = ["docs/GO_LIV.md"]\n')
    ran = ready.run()
    assert ran.exit == 4
    assert "readiness.toml: checklists.files: no file matches 'docs/GO_LIV.md'" in ran.out


@EVERYWHERE
@pytest.mark.parametrize("option", [(), ("--readiness-vantage", "dublin")], ids=" ".join)
def test_names_that_are_changed_on_the_way(
    listed: Project, args: tuple[str, ...], option: tuple[str, ...]
) -> None:
    # A word of a title is somebody's password, and checks are looked at from a named place.
    write(listed, f"{LIST}- [x] Move to correct-horse <!-- readiness: check=folder.size -->\n")
    path = listed.path / "readiness.toml"
    url = 'url = "redis://:correct-horse@127.0.0.1:1"'
    path.write_text(f"{path.read_text()}\n[redis.cache]\n{url}\n")
    ran = listed.run(*args, *option, "-k", "not redis")
    assert of_list(ran)["move-to-***"] == "passed"
    assert of_list(ran)["rollback-contact-named"] == "attested"
    assert ran.card["scope"]["broken"] is None
    assert [(g["title"], g["done"]) for g in ran.card["checklists"][0]["groups"]] == [
        ("Go live", 4),
        ("Must have", 3),
        ("Nice to have", 1),
    ]


OWN = """
import pytest
from pytest_readiness import measure, readiness

@readiness.low
@pytest.mark.parametrize("n", [1, 2])
def test_parts(n):
    assert measure("parts", n) <= 1

def test_plain():
    pass
"""


@EVERYWHERE
@pytest.mark.parametrize("option", [(), ("--readiness-vantage", "dublin")], ids=" ".join)
def test_link_to_one_of_the_parameters(
    listed: Project, args: tuple[str, ...], option: tuple[str, ...]
) -> None:
    listed.tests(test_own=OWN)
    write(
        listed,
        '- [x] One <!-- readiness: check="test_own.py::test_parts[1]" -->\n'
        '- [x] Two <!-- readiness: check="test_own.py::test_parts[2]" -->\n'
        '- [x] All <!-- readiness: check="test_own.py::test_parts" -->\n',
    )
    assert of_list(listed.run(*args, *option)) == {
        "one": "passed",
        "two": "failed",
        "all": "failed",
    }


@EVERYWHERE
@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("test_own.py::test_part", "did you mean 'test_own.py::test_parts'?"),
        ("test_own.py::test_parts[3]", "did you mean 'test_own.py::test_parts'?"),
        ("test_own.py::test_plain", "it is a test, and no check: mark it"),
        ("readiness::folder::size[first]", "name the check, such as redis.persistence"),
        (f"{NODE}one", "name the check, such as redis.persistence"),
    ],
)
def test_link_to_a_check_that_is_none(
    listed: Project, args: tuple[str, ...], check: str, words: str
) -> None:
    listed.tests(test_own=OWN)
    write(listed, f'# L\n\n- [x] One <!-- readiness: check="{check}" -->\n')
    ran = listed.run(*args)
    assert ran.exit == 4
    assert f"{FILE}:3: " in ran.out
    assert words in ran.out


def test_part_of_the_checks_ticks_nothing(listed: Project) -> None:
    text = "- [ ] Both <!-- readiness: check=folder.size -->\n"
    write(listed, text)
    ran = listed.run("--readiness-update-checklists", "-k", "(size and first) or both")
    assert of_list(ran) == {"both": "passed"}
    assert (listed.path / FILE).read_text() == text, "the second was not looked at"
    assert "1 item that passed was not ticked: only a run of all checks ticks" in ran.out
    for i in range(20):
        (listed.path / "folders" / "first" / f"f{i}").write_bytes(b"x" * 10)
    write(listed, text.replace("[ ]", "[x]"))
    listed.run("--readiness-update-checklists", "-k", "(size and first) or both")
    assert (listed.path / FILE).read_text() == text, "what failed has failed"


def test_score_of_a_checklist_is_said_alike(listed: Project) -> None:
    for i in range(20):
        (listed.path / "folders" / "second" / f"f{i}").write_bytes(b"x" * 10)
    write(listed, "- [x] Small (P0) <!-- readiness: check=folder.size -->\n- [x] Told (P0)\n")
    ran = listed.run()
    assert "█████░░░░░  50.0  1 of 2" in ran.out
    assert f"{FILE}: 1 of 2 done, 50 of 100 by weight" in ran.out


def test_whose_the_ticks_are_is_printed(listed: Project) -> None:
    write(listed, f"{LIST}- [x] Pager tested\n")
    git(listed.path, "commit", "-qam", "x", who="Bo Falk", day="2026-01-05")
    # Not committed.
    write(listed, f"{LIST}- [x] Pager tested\n- [x] Cake\n")
    out = " ".join(listed.run().out.split())
    oldest = "the oldest of 2 ticks is on line 6: ticked by Ana Lima on 2026-01-02 ("
    assert oldest in out
    late = "1 tick that nobody answers for, the first on line 11: the tick is not committed yet"
    assert late in out


def test_item_that_nothing_asks_for_is_printed(listed: Project) -> None:
    listed.tests(
        test_own="""
            from pytest_readiness import not_applicable, readiness

            @readiness.high
            def test_replicas():
                not_applicable("one node is enough")
        """
    )
    write(listed, "- [x] Twice (P0) <!-- readiness: check=test_own.py::test_replicas -->\n")
    ran = listed.run()
    assert of_list(ran) == {"twice": "not_applicable"}
    words = "line 1, Twice: not applicable: test_own.py::test_replicas: one node is enough"
    assert words in " ".join(ran.out.split())


def test_last_failed_finds_built_in_checks_and_items(listed: Project) -> None:
    (listed.path / "folders" / "first").rename(listed.path / "gone")
    write(listed, LIST, "docs/with [1].md")
    settings(listed, "")
    listed.tests(test_own=OWN)
    cached = ("-p", "cacheprovider")
    before = listed.run(*cached)
    failed = {n for n, outcome in before.outcomes().items() if outcome == "failed"}
    assert any(n.startswith("readiness::folder::reachable[first]") for n in failed)
    assert "readiness::checklist::docs/with [1].md::dashboard" in failed
    assert set(listed.run(*cached, "--lf").outcomes()) == failed


def test_progress_reaches_its_end_once(listed: Project) -> None:
    lines = [line for line in listed.run().out.splitlines() if line.endswith("%]")]
    assert lines[-1].endswith("[100%]")
    assert not [line for line in lines if line.count("%]") > 1]


def test_words_that_mean_less_are_relaxations(listed: Project) -> None:
    settings(
        listed,
        'severity_map = { P0 = "low", P1 = "blocker", Later = "low" }\nopen_severity = "low"\n'
        f'[checklists.overrides."{FILE}"]\nseverity_map = {{ "必须" = "medium" }}\n',
    )
    ran = listed.run()
    assert [r["what"] for r in ran.card["about"]["relaxed"]] == [
        "checklists: P0 means low, not blocker",
        f"checklists, {FILE}: 必须 means medium, not blocker",
        "checklists: open items count as low, not medium",
    ]
    assert "P0 means low, not blocker" in ran.out


@EVERYWHERE
def test_an_item_that_a_sign_off_stands_for(listed: Project, args: tuple[str, ...]) -> None:
    """A signed blocker may go live, in a list as well; a ticked one is CONDITIONAL."""
    text = "# Must have\n- [x] Pager tested <!-- readiness: check=attestation.pager -->\n"
    write(listed, text)
    signed = 'title = "t"\nseverity = "low"\nby = "Ana Lima"\non = 2026-01-02\n'
    settings(listed, f'[[attestations]]\nid = "pager"\n{signed}')
    ran = listed.run(*args)
    finding = ran.finding(f"{NODE}pager-tested")
    assert (finding["outcome"], finding["severity"]) == ("attested", "blocker")
    assert finding["message"] == "rests on attestation.pager"
    assert ran.verdict == "ready", ran.out
    write(listed, text.replace("[x]", "[ ]"))
    message = listed.run(*args).finding(f"{NODE}pager-tested")["message"]
    assert message == "rests on attestation.pager; the tick is still open"
    write(listed, "# Must have\n- [x] Pager tested\n")
    assert listed.run(*args).verdict == "conditional"
