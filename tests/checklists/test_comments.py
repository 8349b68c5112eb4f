"""What comments say, where they may stand, and what is said of those that are wrong."""

from __future__ import annotations

import datetime as dt

import pytest

from pytest_readiness.policy.checklists.items import Item
from pytest_readiness.policy.errors import SettingsError
from tests.checklists.reading import document, item, items, said

DAY = 86400.0


def links(one: Item) -> list[tuple[str, str | None, dict[str, float]]]:
    return [(link.check, link.target, link.limits) for link in one.links]


@pytest.mark.parametrize(
    "text",
    [
        "- [x] a <!-- readiness: severity=high -->",
        "- [x] <!-- readiness: severity=high --> a",
        "- [x] a\n  <!-- readiness: severity=high -->",
        "- [x] a\n\n  <!-- readiness: severity=high -->\n",
        "- [x] a\n  - note\n  <!--readiness:severity=high-->\n",
        "- [x] a\n  - note <!-- readiness: severity=high -->\n",
        "- [x] a\n  - note\n    <!-- readiness: severity=high -->\n",
        "- [x] a\n\t<!-- readiness: severity=high -->",
        "- [x] a\n      <!-- readiness: severity=high -->",
        "- [x] a\n  <!--\n  Readiness:\n    severity = 'high'\n  -->\n",
        '- [x] a\n  <!-- text --> <!-- readiness: severity="high", -->\n',
        "> - [x] a\n>   <!-- readiness: severity=high -->\n",
    ],
)
def test_places_of_a_comment(text: str) -> None:
    one = item(text)
    assert (said(one), one.title) == ("high (comment high)", "a")


def test_everything_that_a_comment_says() -> None:
    one = item(
        "- [ ] a (@bob, P2)\n"
        "  <!-- readiness: severity=P0 valid_for=90d owner='Ada Byron' due=2026-12-31"
        ' ref="X 1" -->\n'
        "  <!-- readiness: check=rabbitmq.guest_user check=artifacts.coverage target=unit min=80\n"
        "       max=9.5 check=tests/test_a.py::test_b[x] -->\n"
        "  - Owner: Eve\n  - Due: 2025-01-01\n  - Ref: FR-1\n"
    )
    assert (said(one), one.owner, one.ref) == ("blocker (comment P0)", "Ada Byron", "X 1")
    assert (one.valid_for, one.due) == (90 * DAY, dt.date(2026, 12, 31))
    assert links(one) == [
        ("rabbitmq.guest_user", None, {}),
        ("artifacts.coverage", "unit", {"min": 80, "max": 9.5}),
        ("tests/test_a.py::test_b[x]", None, {}),
    ]
    assert [link.line for link in one.links] == [3, 3, 3]


@pytest.mark.parametrize(
    "text",
    [
        "- [ ] a <!-- a remark -->",
        "- [ ] a <!-- readiness of the team -->",
        "- [ ] a `<!-- readiness: severity=high -->`",
        "- [ ] a\n  ```\n  <!-- readiness: severity=high -->\n  ```",
        "```\n<!-- readiness: severity=high -->\n```\n- [ ] a",
        "- [ ] a \\<!-- readiness: severity=high -->",
        "<!-- say <!-- readiness: x=y in comments\n-->\n- [ ] a",
    ],
)
def test_what_is_no_comment_of_ours(text: str) -> None:
    assert said(item(text)) == "medium (default)"


KEYS = "Allowed: check, due, owner, ref, severity, target, valid_for"


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("severty=high", f"unknown key 'severty'; did you mean 'severity'? {KEYS}"),
        ("check=a.b severty=high", f"unknown key 'severty'; did you mean 'severity'? {KEYS}"),
        ("Severity=high", f"unknown key 'Severity'; did you mean 'severity'? {KEYS}"),
        ("min=80", f"unknown key 'min'; {KEYS}; a threshold follows its check="),
        ("check=a.b min=80%", "min: '80%' is no finite number from 0 on"),
        ("check=a.b min=-1", "min: '-1' is no finite number from 0 on"),
        ("check=a.b min=1e999", "min: '1e999' is no finite number from 0 on"),
        ("check=a.b min=1 min=2", "min is said twice for a.b"),
        ("target=x check=a.b", "target belongs to a check, and none is named before it"),
        ("check=a.b target=x target=y",
         "a second target for a.b; name the check again before it"),
        ("severity=hihg", ("unknown severity 'hihg'; did you mean 'high'? "
         "Allowed: blocker, high, low, medium")),
        ("severity=high severity=low", "severity is said twice, first on line 3"),
        ("valid_for=soon", "valid_for: 'soon' is no duration; write 500ms, 60s, 2m, 1h or 30d"),
        ("valid_for=0", "valid_for: a tick that holds for no time; write 90d"),
        ("due=31.12.2026", "due: '31.12.2026' is no date, written 2026-12-31"),
        ("due=2026-02-30", "due: '2026-02-30' is no date, written 2026-12-31"),
        ("owner=''", "owner is empty"),
        ("owner=\"Ada", "'owner=\"Ada' is no key=value, such as severity=high"),
        ("owner=Ada Byron", "'Byron' is no key=value, such as severity=high"),
        ("high", "'high' is no key=value, such as severity=high"),
        ("", "it says nothing. Allowed: check, due, owner, ref, severity, target, valid_for"),
    ],
)  # fmt: skip
def test_what_a_comment_cannot_say(comment: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        document(f"# T\n- [ ] a\n  <!-- readiness: {comment} -->\n")
    assert str(caught.value) == f"docs/GO_LIVE.md:3: readiness comment: {problem}"


def test_a_key_said_twice_in_two_comments() -> None:
    text = "- [ ] a <!-- readiness: severity=low -->\n  <!-- readiness: severity=high -->"
    with pytest.raises(SettingsError, match=r":2: .*severity is said twice, first on line 1"):
        document(text)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("- [ ] a\n\n<!-- readiness: check=a.b -->\n- [ ] b", 3, "belongs to no item"),
        ("<!-- readiness: severity=low -->\n\n# T\n- [ ] a", 1, "belongs to no item"),
        ("# T\n\ntext\n\n<!-- readiness: severity=low -->\n- [ ] a", 5, "belongs to no item"),
        ("# T\ntext <!-- readiness: severity=low -->", 2, "belongs to no item"),
        ("# T\n- a <!-- readiness: severity=low -->", 2, "belongs to no item"),
        ("| a |\n|---|\n| b <!-- readiness: severity=low --> |", 3, "belongs to no item"),
        ("# T\n> <!-- readiness: severity=low -->", 2, "belongs to no item"),
        ("- [ ] a <!-- readiness severity=high -->", 1, "without its colon"),
        ("- [ ] a\n  <!-- readiness: severity=high\n- [ ] b", 2, "never closed"),
        ("# T\n<!-- readiness: check=a.b -->\n- [ ] a", 2, "check belongs to an item"),
        ("# T <!-- readiness: owner=ada -->\n- [ ] a", 1, "owner belongs to an item"),
        ("- [ ] a <!-- readiness: check=a.b -->\n  - [ ] b", 1, "check belongs to an item"),
    ],
)
def test_where_a_comment_cannot_stand(text: str, line: int, problem: str) -> None:
    with pytest.raises(SettingsError, match=problem) as caught:
        document(text)
    assert str(caught.value).startswith(f"docs/GO_LIVE.md:{line}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "heading",
    [
        "## Redis <!-- readiness: severity=high valid_for=30d -->\n",
        "## Redis\n<!-- readiness: severity=high valid_for=30d -->\n",
        "## Redis\n\n<!-- text -->\n\n<!-- readiness: severity=high valid_for=30d -->\n\n",
        "Redis\n-----\n<!-- readiness: severity=high -->\n<!-- readiness: valid_for=30d -->\n\n",
        "**Redis:**\n<!-- readiness: severity=high valid_for=30d -->\n\n",
    ],
)
def test_a_comment_under_a_heading(heading: str) -> None:
    one = items(f"# Must have\n{heading}- [ ] a\n")[0]
    assert (said(one), one.valid_for) == ("high (heading high)", 30 * DAY)
    assert one.section == ("Must have", "Redis")


def test_how_long_a_tick_holds_is_what_the_nearest_says() -> None:
    text = (
        "# A\n- [x] a\n## B\n- [x] b\n## C\n<!-- readiness: valid_for=3d -->\n- [x] c\n"
        "- [x] p <!-- readiness: valid_for=4d -->\n  - [x] d\n"
        "  - [x] e <!-- readiness: valid_for=5d -->\n"
    )
    own = {"docs/*": {"valid_for": "1d", "headings": {"B": {"valid_for": "2d"}}}}
    days = {i.title: i.valid_for and i.valid_for / DAY for i in items(text, overrides=own)}
    assert days == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    assert items(text, valid_for="9d")[0].valid_for == 9 * DAY
    assert items(text)[0].valid_for is None


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"valid_for": "soon"}, "valid_for: 'soon' is no duration"),
        ({"valid_for": 0}, "valid_for: a tick that holds for no time"),
        ({"overrides": {"docs/*": {"valid_for": "x"}}}, 'overrides."docs/*".valid_for: '),
        ({"overrides": {"docs/*": {"headings": {"B": {"valid_for": "x"}}}}},
         'overrides."docs/*".headings."B".valid_for: '),
    ],
)  # fmt: skip
def test_durations_of_the_settings(settings: dict[str, object], where: str) -> None:
    with pytest.raises(SettingsError) as caught:
        items("- [x] a", **settings)
    assert str(caught.value).startswith(f"checklists.{where}")
