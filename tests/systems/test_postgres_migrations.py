"""Alembic's heads, read from files: what Alembic itself would say, without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.systems.postgres.migrations import Unreadable, heads

NONE: tuple[str, ...] = ()


def project(folder: Path, *texts: str, ini: str = "script_location = %(here)s/scripts") -> str:
    versions = folder / "scripts" / "versions"
    versions.mkdir(parents=True)
    for number, text in enumerate(texts):
        (versions / f"{number}_step.py").write_text(f'"""A step."""\nimport nowhere\n{text}\n')
    (versions / "__init__.py").write_text("raise SystemExit")
    (folder / "scripts" / "env.py").write_text("raise SystemExit")
    path = folder / "alembic.ini"
    path.write_text(f"[alembic]\n{ini}\nsqlalchemy.url = postgresql://app:p%%40ss@db/shop\n")
    return str(path)


def revision(own: str, down: object = None, depends: object = None) -> str:
    return f"revision: str = {own!r}\ndown_revision = {down!r}\ndepends_on = {depends!r}\n"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ((revision("a1"),), ["a1"]),
        ((revision("a1"), revision("b2", "a1")), ["b2"]),
        ((revision("a1"), revision("b2", "a1"), revision("c3", "a1")), ["b2", "c3"]),
        (
            (
                *(revision("a1"), revision("b2", "a1"), revision("c3", "a1")),
                revision("d4", ("b2", "c3")),
            ),
            ["d4"],
        ),
        # Another branch, on which one of the first depends: its row leaves alembic_version.
        ((revision("a1"), revision("x9"), revision("b2", "a1", "x9")), ["b2"]),
        ((revision("a1"), revision("x9abc"), revision("b2", "a1", ["x9a"])), ["b2"]),
    ],
)
def test_heads(tmp_path: Path, texts: tuple[str, ...], found: list[str]) -> None:
    assert heads(project(tmp_path, *texts)) == found


def test_it_is_what_alembic_says(tmp_path: Path) -> None:
    config = pytest.importorskip("alembic.config")
    script = pytest.importorskip("alembic.script")
    texts = (revision("a1"), revision("b2", "a1"), revision("c3", "a1"), revision("d4", "c3"))
    ini = project(tmp_path, *texts)
    for path in (tmp_path / "scripts" / "versions").glob("*.py"):
        path.write_text(path.read_text().replace("import nowhere", "").replace("raise", "#"))
    assert heads(ini) == sorted(script.ScriptDirectory.from_config(config.Config(ini)).get_heads())


def test_places_of_versions(tmp_path: Path) -> None:
    places = "script_location = elsewhere\nversion_locations = %(here)s/scripts/versions"
    assert heads(project(tmp_path, revision("a1"), ini=places)) == ["a1"]


def test_migrations_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "lib"
    project(inside / "shop" / "db", revision("a1"), ini="script_location = x")
    ini = tmp_path / "alembic.ini"
    ini.write_text("[alembic]\nscript_location = shop.db:scripts\n")
    with pytest.raises(Unreadable):
        heads(str(ini))
    monkeypatch.syspath_prepend(str(inside))
    assert heads(str(ini)) == ["a1"]


@pytest.mark.parametrize(
    ("texts", "ini", "words"),
    [
        ((revision("a1"),), "script_location = shop:migrations", "which is no folder here"),
        ((revision("a1"),), "other = 1", "script_location"),
        (("revision = make()",), "script_location = %(here)s/scripts", "as a constant"),
        (("revision = (",), "script_location = %(here)s/scripts", "as a constant"),
        (NONE, "script_location = %(here)s/scripts", "no migration is found"),
        ((revision("a1", None, "label"),), "script_location = %(here)s/scripts", "depends_on"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, texts: tuple[str, ...], ini: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        heads(project(tmp_path, *texts, ini=ini))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="cannot be read"):
        heads(str(tmp_path / "alembic.ini"))
