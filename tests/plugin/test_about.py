"""What a report says of the run itself, beside what was judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plugin.conftest import Project, Ran


def about(ran: Ran) -> dict[str, Any]:
    assert ran.card is not None, ran.out
    found: dict[str, Any] = ran.card["about"]
    return found


def test_settings_file(ready: Project) -> None:
    assert about(ready.run())["settings_file"] == "readiness.toml"


def test_settings_in_pyproject(ready: Project) -> None:
    settings = (ready.path / "readiness.toml").read_text().replace("[", "[tool.readiness.")
    (ready.path / "readiness.toml").unlink()
    (ready.path / "pyproject.toml").write_text(f"[tool.readiness]\n{settings}")
    assert about(ready.run())["settings_file"] == "pyproject.toml"


@pytest.mark.parametrize("root", [".", "sub/deeper"])
def test_settings_file_as_seen_from_the_root_folder(ready: Project, root: str) -> None:
    (ready.path / "conf").mkdir()
    (ready.path / "readiness.toml").rename(ready.path / "conf" / "live.toml")
    (ready.path / root).mkdir(parents=True, exist_ok=True)
    ran = ready.run("--readiness-config", "conf/live.toml", "--rootdir", root, "--confcutdir", ".")
    up = "" if root == "." else "../../"
    assert about(ran)["settings_file"] == f"{up}conf/live.toml"


def test_no_settings_file(ready: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (ready.path / "readiness.toml").unlink()
    monkeypatch.setenv("FOLDER_URL", f"folder://{ready.path}/folders/first")
    ran = ready.run()
    assert about(ran)["settings_file"] is None
    assert [target["name"] for target in about(ran)["targets"]] == ["main"]


def test_settings_file_is_shown_without_secrets(
    ready: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (ready.path / "readiness.toml").rename(ready.path / "of-swordfish99.toml")
    monkeypatch.setenv("SHOP_TOKEN", "swordfish99")
    ran = ready.run("--readiness-config", "of-swordfish99.toml")
    assert about(ran)["settings_file"] == "of-***.toml"
