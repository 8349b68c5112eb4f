"""Documentation that cannot rot: generated pages are fresh, and hand-written ones complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from pytest_readiness import __all__ as public_names
from pytest_readiness.markers import Category, Effort
from pytest_readiness.model import Outcome, Severity, Verdict
from pytest_readiness.plugin import OPTIONS
from pytest_readiness.policy.checklists import comments, headings
from pytest_readiness.policy.checklists.items import SeverityFrom
from pytest_readiness.policy.checklists.words import BUILT_IN
from pytest_readiness.policy.environments import ASKED
from pytest_readiness.provenance.marks import SHALLOW
from pytest_readiness.run.catalogue import Catalogue
from pytest_readiness.systems import registry
from tests import recipes
from tests.docs_pages import DOCS, PAGES
from tests.records import test_attestations, test_items

ROOT = DOCS.parent
README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_generated_page_is_fresh(page: str) -> None:
    on_disk = (DOCS / page).read_text("utf-8")
    assert on_disk == PAGES[page](), "stale: python -m tests.docs_pages"


@pytest.mark.parametrize("check", Catalogue(registry()).checks, ids=lambda c: c.id)
def test_every_check_says_what_to_do(check) -> None:  # type: ignore[no-untyped-def]  # a CheckSpec
    assert check.title.endswith("?"), "a title is a question"
    assert check.remedy, "a remedy says what to do"
    assert check.category in get_args(Category)
    assert check.effort in get_args(Effort)
    assert check.source, "whose demand it is"
    assert all(limit.unit for limit in check.thresholds), "a threshold has a unit"


def test_there_is_no_generated_page_too_many() -> None:
    assert {p.name for p in (DOCS / "checks").glob("*")} == {f"{name}.md" for name in registry()}


@pytest.mark.parametrize("system", registry())
def test_privileges_are_documented(system: str) -> None:
    """Every right that a check needs has a place in the recipe of its system."""
    page = (DOCS / "privileges" / f"{system}.md").read_text("utf-8")
    assert recipes.blocks(system), "the recipe is a block that can be run"
    assert f"../checks/{system}.md" in page


def test_readme_names_every_option_fixture_and_word() -> None:
    words = [name for name, _, _ in OPTIONS]
    words += [f"{system}_probe" for system in registry()]
    words += [word.value for kind in (Severity, Outcome) for word in kind]
    words += [verdict.words for verdict in Verdict]
    missing = [
        word for word in words if word.replace("_", " ") not in README and word not in README
    ]
    assert not missing


def test_public_names_are_documented() -> None:
    text = README + CONTRIBUTING
    assert [name for name in public_names if f"`{name}" not in text and name not in text] == []


def test_environments_page_says_what_the_code_asks() -> None:
    page = (DOCS / "environments.md").read_text("utf-8")
    for demand in sorted(ASKED["production"]):
        asked = ["asked" if demand in ASKED[name] else "–" for name in ASKED]
        assert f"| {demand} | {' | '.join(asked)} |" in page


def test_every_word_of_checklists_is_documented() -> None:
    page = (DOCS / "checklist-words.md").read_text("utf-8")
    words = [*BUILT_IN, *(form.replace("|", "\\|") for _, form in headings._PHRASES)]
    assert [word for word in words if f"`{word}`" not in page] == []


def test_checklists_page_names_places_and_keys() -> None:
    page = (DOCS / "checklists.md").read_text("utf-8")
    words = [f"`{place}`" for place in get_args(SeverityFrom)]
    words += [f"`{key}=" for key in comments.KEYS if key not in ("owner", "ref", "due")]
    words += ['`owner="', "`ref=", "`due="]
    assert [word for word in words if word not in page] == []


def test_checklists_page_quotes_what_is_printed() -> None:
    page = (DOCS / "checklists.md").read_text("utf-8")
    assert [words for *_, words in test_items.STATES if words not in page] == []


def test_sign_offs_page_quotes_what_is_printed() -> None:
    page = (DOCS / "sign-offs.md").read_text("utf-8")
    assert SHALLOW in page
    assert [words for *_, words in test_attestations.STATES if words not in page] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")) + sorted(DOCS.rglob("*.md")), ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
        assert (path.parent / target).exists(), target
