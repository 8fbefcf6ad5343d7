"""The wheel carries all that it serves, and works where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)],
        check=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    (made,) = folder.glob("tianqu-*.whl")
    return made


def test_the_wheel_carries_page_assets_translations_and_realms(wheel: Path) -> None:
    names = set(ZipFile(wheel).namelist())
    catalogues = [path.relative_to(ROOT).with_suffix(".mo") for path in (ROOT / "tianqu").glob("**/*.po")]
    assert catalogues
    wanted = {str(path) for path in catalogues} | {
        "tianqu/web/static/tianqu.css",
        "tianqu/web/static/vendor/bootstrap/bootstrap.min.css",
        "tianqu/web/static/vendor/VERSIONS.json",
        "tianqu/realms/dezhou/realm.toml",
        "tianqu/web/layout/templates/layout/page.html",
    }
    assert not wanted - names


def test_the_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", str(wheel)],
        check=True,
        env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    # Its dependencies are those already installed here; the checkout itself is not on this path.
    (site,) = home.glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "TIANQU_DATABASE_URL")}

    def tianqu(*arguments: str) -> str:
        done = subprocess.run(
            [str(home / "bin" / "tianqu"), *arguments], capture_output=True, text=True, cwd=tmp_path, env=kept
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Commands" in tianqu("--help")
    assert "runs and stays" in tianqu("db", "start")
    try:
        assert (tmp_path / "var" / "postgres" / "PG_VERSION").exists()
        tianqu("db", "migrate")
        assert "up to date" in tianqu("db", "migrate", "--check")
    finally:
        assert "has stopped" in tianqu("db", "stop")
