"""Text in the terminal: what is cut says so."""

from __future__ import annotations

from pytest_readiness.reports.text.lines import Line, columns, cut, first, indented, wrapped


def test_what_is_cut_is_marked() -> None:
    found = [Line("a"), Line("b"), Line("c")]
    assert [line.text for line in first(found, 2)] == ["a", "b …"]
    assert first(found, 3) == found
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


def test_a_marked_line_fits_the_width() -> None:
    text = "word " * 100
    assert max(len(line.text) for line in first(indented(text, 80), 3)) <= 80


def test_a_long_name_stays_whole() -> None:
    name = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    assert any(name in line.text for line in indented(f"Set authorizer.class.name={name}.", 60))


def test_commands_are_not_broken_at_their_hyphens() -> None:
    lines = wrapped("x " * 30 + "kafka-configs --add-config a=b", 70)
    assert any("kafka-configs --add-config" in line.text for line in lines)


def test_wide_signs_do_not_break_names() -> None:
    text = "  route: docs/board.md:400 扫描通过, docs/board.md:407 权限为六百, docs/board.md:9 完"
    shown = [line.text for line in wrapped(text, 44)]
    assert shown == [
        "  route: docs/board.md:400 扫描通过,",
        "    docs/board.md:407 权限为六百,",
        "    docs/board.md:9 完",
    ]
    long = [line.text for line in wrapped("通" * 50, 44)]
    assert [columns(line) for line in long] == [44, 44, 20]
