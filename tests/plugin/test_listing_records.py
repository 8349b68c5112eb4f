"""Commands, sign-offs and checklists in the list and in explanations."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import Project

SETTINGS = """
[checklists]
files = ["docs/*.md"]
valid_for = "90d"

[[attestations]]
id = "pager"
title = "Was the pager tested?"
severity = "high"
owner = "ops"
remedy = "Call the pager."
by = "Ana Lima"
on = 2000-01-01
valid_for = "30d"
evidence = "OPS-7"

[[attestations]]
id = "rollback"
title = "Is somebody named for a rollback?"
severity = "blocker"

[[commands]]
id = "smoke"
run = "./smoke.sh --all"
severity = "low"
timeout = "2m"

[[commands]]
id = "load"
title = "Is it quick?"
run = ["./load.sh", "--key", "${LOAD_TOKEN}"]
env = { TOKEN = "hunter2hunter2" }
cwd = "load"
owner = "shop"
remedy = "Add a server."
expect = [
  { number = "P95: ([0-9.]+) ms", at_most = 500, unit = "ms" },
  { number = "errors: ([0-9]+)", equals = 0 },
  { no_text = "refused" },
]
"""
LIST = """# Go live

## Must have
- [x] Folder is small <!-- readiness: check=folder.size target=first size=50 -->
- [x] Rollback rehearsed (FR-122)
  - Owner: ana
  - Due: 2031-02-03
  - 📝 Within ten minutes
- [ ] Parent
  - [ ] Ratio ____ (P2)

## Rest
- [ ] Dashboard
- [X] Notes
  - 🎯 Low
- [ ] Contact <!-- readiness: severity=high valid_for=7d -->

| a | b |
|---|---|
| c | ✅ |
"""


@pytest.fixture
def written(ready: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with records of every kind."""
    monkeypatch.setenv("LOAD_TOKEN", "correct-horse-battery")
    folder = ready.path / "docs"
    folder.mkdir()
    (folder / "GO_LIVE.md").write_text(LIST, encoding="utf-8")
    path = ready.path / "readiness.toml"
    path.write_text(path.read_text() + SETTINGS)
    return ready


def explained(project: Project, name: str) -> list[str]:
    ran = project.run("--readiness-explain", name, readiness=False)
    assert ran.exit == 0, ran.out
    lines: list[str] = ran.result.stdout.lines
    return lines


def test_list_has_a_section_a_kind_and_a_file(written: Project) -> None:
    ran = written.run("--readiness-list", readiness=False)
    assert ran.exit == 0, ran.out
    text = ran.result.stdout.str()
    assert text[text.index("commands: 2") :] == (
        "commands: 2\n"
        "  low      command.smoke  ./smoke.sh --all\n"
        "  high     command.load   Is it quick?\n"
        "\n"
        "sign-offs: 2\n"
        "  high     attestation.pager     Was the pager tested?\n"
        "  blocker  attestation.rollback  Is somebody named for a rollback?\n"
        "\n"
        "docs/GO_LIVE.md: 6 items, 3 ticked, 1 measured by checks\n"
        "  blocker  checklist.folder-is-small            Folder is small "
        "(measured by folder.size[first])\n"
        "  blocker  checklist.rollback-rehearsed-fr-122  Rollback rehearsed (FR-122)\n"
        "  medium   checklist.ratio                      Ratio ____\n"
        "  medium   checklist.dashboard                  Dashboard\n"
        "  low      checklist.notes                      Notes\n"
        "  high     checklist.contact                    Contact\n"
        "  note: 1 × tables with marks of status, on line 18"
    )
    assert not (written.path / "folders" / "first.observed").exists()


def test_list_without_a_target_ends_with_what_is_written_down(project: Project) -> None:
    (project.path / "GO_LIVE.md").write_text("- [x] done\n")
    project.settings('[checklists]\nfiles = ["GO_LIVE.md"]\n')
    ran = project.run("--readiness-list", readiness=False)
    assert ran.result.stdout.lines[-2:] == [
        "GO_LIVE.md: 1 item, 1 ticked",
        "  low      checklist.done  done",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "checklist.rollback-rehearsed-fr-122",
        "checklist.rollback-rehearsed-fr-122[docs/GO_LIVE.md]",
        "readiness::checklist::docs/GO_LIVE.md::rollback-rehearsed-fr-122",
        "docs/GO_LIVE.md:5",
    ],
)
def test_explain_an_item_by_each_of_its_names(written: Project, name: str) -> None:
    assert explained(written, name) == [
        "checklist.rollback-rehearsed-fr-122 (blocker)",
        "Rollback rehearsed (FR-122)",
        "",
        "  written    docs/GO_LIVE.md:5",
        "  node       readiness::checklist::docs/GO_LIVE.md::rollback-rehearsed-fr-122",
        "  under      Go live / Must have",
        "  severity   blocker, by 'must have' of a heading above it",
        "  tick       ticked",
        "  acceptance Within ten minutes",
        "  owner      ana",
        "  ref        FR-122",
        "  due        2031-02-03",
        "  holds      90 days from then on",
    ]


def test_explain_what_measures_an_item(written: Project) -> None:
    lines = explained(written, "checklist.folder-is-small")
    assert "  measured   by folder.size[first] with size 50" in lines
    assert not any(line.startswith("  holds") for line in lines), "nobody's tick counts"


@pytest.mark.parametrize(
    ("slug", "line"),
    [
        ("folder-is-small", "blocker, by 'must have' of a heading above it"),
        ("ratio", "medium, by 'P2' in its text"),
        ("dashboard", "medium, the default of open items there"),
        ("notes", "low, by its priority 'Low'"),
        ("contact", "high, said by its comment"),
    ],
)
def test_explain_where_a_severity_was_read(written: Project, slug: str, line: str) -> None:
    assert f"  severity   {line}" in explained(written, f"checklist.{slug}")


def test_explain_a_blank_and_a_time_of_its_own(written: Project) -> None:
    blank = "  tick       open, a blank is still to be filled in: ____"
    assert blank in explained(written, "checklist.ratio")
    assert "  holds      7 days from then on" in explained(written, "checklist.contact")


def test_explain_items_of_one_name_in_several_files(written: Project) -> None:
    (written.path / "docs" / "SECOND.md").write_text("- [ ] Dashboard\n")
    lines = explained(written, "checklist.dashboard")
    assert [line for line in lines if "written" in line] == [
        "  written    docs/GO_LIVE.md:13",
        "  written    docs/SECOND.md:1",
    ]


def test_explain_a_sign_off(written: Project) -> None:
    text = (written.path / "readiness.toml").read_text().splitlines()
    line = text.index('by = "Ana Lima"') + 1
    assert explained(written, "attestation.pager") == [
        "attestation.pager (high)",
        "Was the pager tested?",
        "",
        f"  written    readiness.toml:{line}",
        "  node       readiness::attestation::pager",
        "  signed     by Ana Lima on 2000-01-01",
        "  holds      until 2000-01-31, which is over",
        "  evidence   OPS-7",
        "  owner      ops",
        "  remedy     Call the pager.",
    ]
    assert "  signed     by nobody yet" in explained(written, "readiness::attestation::rollback")


def test_explain_a_command_without_its_secrets(written: Project) -> None:
    lines = explained(written, "command.load")
    assert lines == [
        "command.load (high)",
        "Is it quick?",
        "",
        "  written    readiness.toml",
        "  node       readiness::command::load",
        "  runs       ./load.sh --key ***",
        "  in         load",
        "  with       TOKEN",
        "  takes      60 s at most",
        "  expects    exit status 0",
        "  expects    number P95: ([0-9.]+) ms at most 500 ms",
        "  expects    number errors: ([0-9]+) equals 0",
        "  expects    no text refused",
        "  owner      shop",
        "  remedy     Add a server.",
    ]
    assert "  runs       ./smoke.sh --all" in explained(written, "readiness::command::smoke")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("checklist.dashbord", "checklist.dashboard"),
        ("readiness::checklist::docs/GO_LIVE.md::note", "readiness::checklist::docs/GO_LIVE.md::n"),
        ("attestation.pagr", "attestation.pager"),
        ("command.smoek", "command.smoke"),
    ],
)
def test_explain_names_the_nearest(written: Project, name: str, meant: str) -> None:
    ran = written.run("--readiness-explain", name, readiness=False)
    assert ran.exit == 4
    assert f"no check {name!r}; did you mean '{meant}" in ran.out
    assert "(--readiness-list" in ran.out


def test_explain_of_settings_that_cannot_be_used_says_so(written: Project) -> None:
    (written.path / "docs" / "GO_LIVE.md").write_text("- [x] a <!-- readiness: severty=low -->\n")
    ran = written.run("--readiness-explain", "checklist.a", readiness=False)
    assert ran.exit == 4
    assert "docs/GO_LIVE.md:1: readiness comment: unknown key 'severty'" in ran.out
    assert "  here       docs/GO_LIVE.md:1: " in "\n".join(explained(written, "folder.size"))


def test_hostile_text_is_inert(written: Project) -> None:
    text = "- [ ] \x1b[31mred\u202e text <!-- readiness: owner='\x1b[2J' -->\n"
    (written.path / "docs" / "GO_LIVE.md").write_text(text)
    for args in (("--readiness-list",), ("--readiness-explain", "docs/GO_LIVE.md:1")):
        ran = written.run(*args, readiness=False)
        assert ran.exit == 0
        assert "\x1b" not in ran.out
        assert "\u202e" not in ran.out
