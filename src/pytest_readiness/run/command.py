"""``python -m pytest_readiness``: one verdict of many reports, and the schemas for an editor."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from pytest_readiness.baseline import compare
from pytest_readiness.merging import Disagreement, Report, merge
from pytest_readiness.model import Scorecard
from pytest_readiness.redact import Redactor
from pytest_readiness.reports import ALL, known, schemas, unknown
from pytest_readiness.reports.earlier import baseline, remedy
from pytest_readiness.reports.files import discard, write_all
from pytest_readiness.reports.forges.commands import Inert
from pytest_readiness.reports.forges.places import folder
from pytest_readiness.reports.forges.summary import summarized
from pytest_readiness.reports.history import History
from pytest_readiness.reports.reading import Unreadable, cleaned, read
from pytest_readiness.reports.text import lines
from pytest_readiness.reports.text.verdict import passing
from pytest_readiness.score import fails

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

FAILED = 1
REFUSED = 2
"""Exit status where there is no verdict, as argparse has it for what it does not understand."""

_CLEAN = Redactor().clean


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status."""
    given = _parser().parse_args(arguments)
    # A terminal that cannot show a bar still shows the verdict.
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    try:
        run: Callable[[argparse.Namespace], int] = given.run
        return run(given)
    except Disagreement as error:
        sys.stderr.write(f"readiness: {_CLEAN(str(error))}\n")
        return REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pytest_readiness",
        description="What is done beside the runs of pytest --readiness.",
        epilog="Judging itself is pytest's: pytest --readiness. Its options: pytest --help.",
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    _add_merge(commands)
    _add_schema(commands)
    return parser


def _add_schema(commands: Commands) -> None:
    command = commands.add_parser(
        "schema",
        help="the JSON Schemas, with which an editor completes and checks the settings",
        description=f"Writes {', '.join(schemas.NAMES)} of this version into a folder.",
        epilog="Exit status: 0, or 2 if they cannot be written.",
    )
    command.add_argument("folder", metavar="FOLDER", help="made where there is none")
    command.set_defaults(run=_schema)


def _schema(given: argparse.Namespace) -> int:
    try:
        paths = schemas.put(Path(given.folder))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Disagreement(f"{given.folder}: {reason}") from None
    sys.stdout.write("".join(f"{path}\n" for path in paths))
    return 0


def _add_merge(commands: Commands) -> None:
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
        help=f"write the merged report; the format follows the extension ({ALL}); repeatable",
    )
    command.add_argument(
        "--baseline",
        metavar="FILE",
        help="a JSON report of an earlier run: what is new, fixed, still failing and gone since",
    )
    command.add_argument(
        "--history",
        metavar="FILE",
        help="append a line of JSON with the score, if nothing is missing",
    )
    command.add_argument(
        "-q", "--quiet", action="count", default=0, help="print what vetoes, and the verdict"
    )
    command.add_argument(
        "-v", "--verbose", action="count", default=0, help="print every entry, and what passed"
    )
    command.set_defaults(run=_merge)


def _merge(given: argparse.Namespace) -> int:
    outputs = [Path(path) for path in given.output]
    for path in outputs:
        if not known(str(path)):
            raise Disagreement(f"-o {path}: {unknown(str(path))}")
        for file in given.reports:
            if _same(Path(file), path):
                raise Disagreement(f"-o {path} is one of the reports to merge")
    # Read first: the merged report may take its place.
    held = _baseline(given.baseline)
    for path in outputs:
        # One of an earlier run must not be taken for this one's.
        discard(path)
    card = cleaned(merge([Report(file, _read(file)) for file in given.reports]), _CLEAN)
    history = History(given.history, Path(), _CLEAN)
    card = history.past(_compared(card, held))
    # Reports name files as seen from pytest's root folder: that is mostly the present one.
    top = folder(Path(), os.environ)
    problems = [*write_all(card, outputs, top), history.append(card)]
    unwritten = [problem for problem in problems if problem is not None]
    failing = fails(card, card.about.gate, card.about.allow_partial)
    note = summarized(card, os.environ)
    _print(card, unwritten, failing, given.verbose - given.quiet, note)
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
    try:
        return read(file, _CLEAN)
    except Unreadable as error:
        raise Disagreement(f"{file}: {error}") from None


def _baseline(file: str | None) -> Report | None:
    """The earlier run to compare with, if one was named.

    Raises:
        Disagreement: it cannot be compared with.
    """
    if file is None:
        return None
    try:
        return Report(_CLEAN(file), baseline(file, _CLEAN))
    except Unreadable as error:
        raise Disagreement(f"--baseline {file}: {error}; {remedy(file)}") from None


def _compared(card: Scorecard, earlier: Report | None) -> Scorecard:
    """The scorecard with what the earlier run had otherwise.

    Raises:
        Disagreement: the gate stands on a baseline, and there is none.
    """
    if earlier is None:
        if card.about.gate == "regressions":
            raise Disagreement(
                "gate = regressions tells new failures by a baseline: --baseline FILE"
            )
        return card
    # Not before it is needed: whoever only merges has no use for pytest and the checks.
    from pytest_readiness.run.catalogue import Catalogue
    from pytest_readiness.systems import registry

    names = Catalogue(registry())
    found = compare(card, earlier.card, file=earlier.name, canonical=names.canonical)
    return msgspec.structs.replace(card, comparison=found)


def _print(
    card: Scorecard, unwritten: Sequence[str], failing: bool, verbosity: int, note: str | None
) -> None:
    encoding = getattr(sys.stdout, "encoding", None)
    width = shutil.get_terminal_size().columns
    shown = lines(card, width, verbosity=verbosity, encoding=encoding)
    shown += [] if failing else passing(card, card.about.gate)
    texts = [line.plain for line in shown]
    texts += [f"not written: {_CLEAN(problem)}" for problem in unwritten]
    texts += [f"note: {_CLEAN(note)}"] if note else []
    text = "\n".join(texts) + "\n"
    try:
        # Lines are broken anew here, and another text may stand at the beginning of one.
        sys.stdout.write(Inert()(text))
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads no further, such as head, changes nothing about the verdict.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
