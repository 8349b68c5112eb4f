"""``python -m pytest_readiness merge a.json b.json -o all.json``: one verdict of many reports."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from pytest_readiness.merging import Disagreement, Report, merge
from pytest_readiness.model import SCHEMA, Scorecard
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import known, unknown
from pytest_readiness.reports.files import discard, write
from pytest_readiness.run.text import lines, passing
from pytest_readiness.score import fails

FAILED = 1
REFUSED = 2
"""Exit status where there is no verdict, as argparse has it for what it does not understand."""

LARGEST = 512 * 2**20
"""Bytes of one report; a thousand targets fill some 40 million."""

_WIDEST = 120

_CLEAN = Redactor().clean


class _Schema(msgspec.Struct):
    schema: int


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status."""
    given = _parser().parse_args(arguments)
    # A terminal that cannot show a bar still shows the verdict.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        return _merge(given.reports, [Path(path) for path in given.output], given.quiet)
    except Disagreement as error:
        sys.stderr.write(f"readiness: {_CLEAN(str(error))}\n")
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_readiness",
        description="Makes one verdict of the JSON reports of several runs of pytest --readiness.",
        epilog="Judging itself is pytest's: pytest --readiness. Its options: pytest --help.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    command = commands.add_parser(
        "merge",
        help="one scorecard of several reports, such as those of shards",
        description=(
            "Reads JSON reports, decides the verdict anew from all their findings, prints it, and "
            "writes it as a report of its own."
        ),
        epilog=(
            "Exit status: 0 if the gate lets the verdict pass, 1 if not or if a report cannot be "
            "written, 2 if there is no verdict: a report that cannot be read, or reports that "
            "disagree. Example: python -m pytest_readiness merge shard-*.json -o readiness.json"
        ),
    )
    command.add_argument("reports", nargs="+", metavar="REPORT", help="a JSON report of a run")
    command.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="PATH",
        help="write the merged report; the format follows the extension (.json); repeatable",
    )
    command.add_argument(
        "-q", "--quiet", action="store_true", help="print targets, what vetoes, and the verdict"
    )
    return parser


def _merge(files: Sequence[str], outputs: Sequence[Path], quiet: bool) -> int:
    for path in outputs:
        if not known(str(path)):
            raise Disagreement(f"-o {path}: {unknown(str(path))}")
        for file in files:
            if _same(Path(file), path):
                raise Disagreement(f"-o {path} is one of the reports to merge")
    for path in outputs:
        # One of an earlier run must not be taken for this one's.
        discard(path)
    card = _cleaned(merge([Report(file, _read(file)) for file in files]))
    unwritten = [problem for path in outputs if (problem := write(card, path)) is not None]
    failing = fails(card, card.about.gate, card.about.allow_partial)
    _print(card, unwritten, failing, quiet)
    return FAILED if failing or unwritten else 0


def _same(one: Path, two: Path) -> bool:
    try:
        return one.samefile(two)
    except (OSError, ValueError):
        return False


def _read(file: str) -> Scorecard:
    """The scorecard of a report, its texts made harmless.

    Raises:
        Disagreement: it cannot be read, or is no report.
    """
    content = _content(file)
    try:
        schema = msgspec.json.decode(content, type=_Schema).schema
        if schema != SCHEMA:
            raise Disagreement(f"{file}: schema {schema}, and this version reads {SCHEMA}")
        return _cleaned(msgspec.json.decode(content, type=Scorecard))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Disagreement(f"{file}: not a JSON report of a run: {error}") from None


def _content(file: str) -> bytes:
    try:
        # Not blocking, so that a pipe nobody writes to is seen for what it is.
        handle = os.open(
            file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        with open(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Disagreement(f"{file}: not a file")
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:  # a name that no file can have
        raise Disagreement(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    if len(content) > LARGEST:
        raise Disagreement(f"{file}: larger than {LARGEST // 2**20} MiB")
    return content


def _cleaned(card: Scorecard) -> Scorecard:
    """The scorecard with every text in it one harmless line, whoever wrote the report."""
    once = cache(_CLEAN)

    def clean(value: Any) -> Any:
        if isinstance(value, str):
            return once(value)
        if isinstance(value, dict):
            return {once(key): clean(item) for key, item in value.items()}
        many = isinstance(value, (list, tuple))
        return [clean(item) for item in value] if many else value

    return msgspec.convert(clean(msgspec.to_builtins(card)), Scorecard)


def _print(card: Scorecard, unwritten: Sequence[str], failing: bool, quiet: bool) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    shown = lines(card, width, quiet=quiet)
    shown += [] if failing else passing(card, card.about.gate)
    texts = [line.text or "".join(text for text, _ in line.pieces) for line in shown]
    texts += [f"not written: {_CLEAN(problem)}" for problem in unwritten]
    try:
        sys.stdout.write("\n".join(texts) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads no further, such as head, changes nothing about the verdict.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
