"""What is known of each target, from the process that observed it to the report."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.run import command
from tests.plugin.bodies import conftest
from tests.plugin.conftest import Project, Ran
from tests.plugin.test_shards import merged, shard

BOTH = {
    "first": ("1.5", {"files": "2", "size": "20 B"}),
    "second": ("1.5", {"files": "2", "size": "20 B"}),
}
NONE: tuple[None, dict[str, str]] = (None, {})
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")])


def cards(ran: Ran | dict[str, Any] | None) -> dict[str, tuple[str | None, dict[str, str]]]:
    """Version and facts of each target, by its name."""
    card: Any = ran.card if isinstance(ran, Ran) else ran
    assert card is not None, ran
    return {t["name"]: (t["version"], t["facts"]) for t in card["about"]["targets"]}


@WORKERS
def test_card_of_each_target(ready: Project, workers: tuple[str, ...]) -> None:
    ran = ready.run(*workers)
    assert (cards(ran), ran.verdict) == (BOTH, "ready")
    assert list(cards(ran)["first"][1]) == ["files", "size"], "in the order that it gives"


@WORKERS
def test_no_card_of_what_was_not_observed(ready: Project, workers: tuple[str, ...]) -> None:
    with (ready.path / "readiness.toml").open("a") as stream:
        stream.write('[folder.down]\nurl = "folder:///no/such/folder"\n')
    ran = ready.run(*workers, "-k", "first or down")
    assert cards(ran) == {"first": BOTH["first"], "second": NONE, "down": NONE}


def test_what_a_card_may_not_see_is_left_out(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.second]", "[folder.second]\nblind = true"))
    assert cards(ready.run())["second"] == ("1.5", {"files": "2"})


def test_system_without_a_card(ready: Project) -> None:
    conftest(ready, "del folder_system.FolderProbe.card")
    assert cards(ready.run())["first"] == ("1.5", {})


CARD = """
def card(self):
    {}

folder_system.FolderProbe.card = card
"""


@WORKERS
@pytest.mark.parametrize(
    ("body", "note"),
    [
        ("return {'size': 1 / 0}", "ZeroDivisionError: division by zero"),
        ("raise ValueError('of ' + self._settings.url)", "ValueError: of folder://u:***@/"),
        ("return 5", "TypeError: 'int' object is not iterable"),
        ("pytest.fail('x')", "Failed: x"),
        ("blocked('x')", None),
    ],
)
def test_card_that_breaks_changes_no_verdict(
    ready: Project, body: str, note: str | None, workers: tuple[str, ...]
) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("folder:///", "folder://u:swordfish@/"))
    conftest(ready, f"from pytest_readiness import blocked\n{CARD.format(body)}")
    ran = ready.run(*workers)
    assert (ran.verdict, ran.exit) == ("ready", 0)
    assert cards(ran) == {"first": ("1.5", {}), "second": ("1.5", {})}
    assert ran.card is not None
    told = [line for line in ran.card["about"]["notes"] if "does not tell its facts" in line]
    begin = f"folder[first] does not tell its facts: {note}"
    assert len(told) == (2 if note else 0)
    assert not note or any(line.startswith(begin) for line in told), told
    assert "swordfish" not in (ready.path / "r.json").read_text()


@WORKERS
def test_hostile_card(ready: Project, workers: tuple[str, ...]) -> None:
    body = (
        "return {f'\\x1b[2J{n}': '::error::' + self._settings.url + 'x' * 9999 for n in range(99)}"
    )
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("folder:///", "folder://u:swordfish@/"))
    conftest(ready, CARD.format(body))
    ran = ready.run(*workers)
    assert ran.verdict == "ready"
    facts = cards(ran)["first"][1]
    assert len(facts) == 8 and all(len(text) <= 120 for text in facts.values())
    assert all(name.isprintable() and text.isprintable() for name, text in facts.items())
    assert "swordfish" not in (ready.path / "r.json").read_text()


def test_reading_what_was_not_seen_blocks_no_check(ready: Project) -> None:
    text = (ready.path / "readiness.toml").read_text()
    ready.settings(text.replace("[folder.second]", "[folder.second]\nblind = true"))
    plain = ready.run()
    conftest(ready, CARD.format("return {'size': str(self.facts.size)}"))
    ran = ready.run()
    assert ran.outcomes() == plain.outcomes()
    assert cards(ran) == {"first": ("1.5", {"size": "20"}), "second": ("1.5", {})}


def test_of_several_vantage_points_the_first_tells(ready: Project) -> None:
    conftest(ready, CARD.format("return {'from': os.environ.get('READINESS_VANTAGE', '')}"))
    specs = (f"popen//env:READINESS_VANTAGE={name}" for name in ("dublin", "oslo"))
    tx = [part for spec in specs for part in ("--tx", spec)]
    ran = ready.run("--dist", "each", *tx, subprocess=True)
    assert cards(ran) == dict.fromkeys(("first", "second"), ("1.5", {"from": "dublin"}))


def test_shards_merged_know_all_targets(ready: Project) -> None:
    one, two = (shard(ready, f"{k}/2") for k in (1, 2))
    known = [{n for n, card in cards(ran).items() if card != NONE} for ran in (one, two)]
    assert known[0] | known[1] == set(BOTH) and not known[0] & known[1]
    for names in (("1-2", "2-2"), ("2-2", "1-2")):
        status, card = merged(ready, *names)
        assert (status, cards(card)) == (0, BOTH)


def test_a_card_is_not_compared(
    ready: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = ready.run()
    (ready.path / "base.json").write_bytes((ready.path / "r.json").read_bytes())
    conftest(ready, CARD.format("return {'else': 'x'}"))
    ran = ready.run("--readiness-baseline", "base.json")
    assert first.card is not None and ran.card is not None
    for digest in ("asked", "settings"):
        assert ran.card["about"][digest] == first.card["about"][digest]
    compared = ran.card["comparison"]
    assert compared["warnings"] == [] and not compared["new_failures"], compared
    monkeypatch.chdir(ready.path)
    assert command.main(["merge", "r.json", "--baseline", "base.json", "-o", "all.json"]) == 0
    assert "\nREADY" in capsys.readouterr().out
