"""Bring the page assets in: ``npm ci`` from the lock file, then copy what is served, and nothing else.

    python tools/assets.py            # into tianqu/web/static/vendor, with the licences
    python tools/assets.py --check    # only say whether what is there is what the lock file asks for

Each file keeps its library's folder, so that modules and workers find their neighbours. Comments that point to source
maps are cut, because the maps are not served. ``vendor/VERSIONS.json`` records what was copied.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "tianqu" / "web" / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\n?(//|/\*)# sourceMappingURL=\S+[ \t]*(\*/)?")

# Package → (path in the package, name under vendor/<folder>/). The licence travels with the files.
SERVED: dict[str, tuple[str, dict[str, str]]] = {
    "bootstrap": (
        "bootstrap",
        {
            "dist/css/bootstrap.min.css": "bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
            "LICENSE": "LICENSE",
        },
    ),
    "htmx.org": ("htmx", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    "echarts": (
        "echarts",
        {"dist/echarts.common.min.js": "echarts.min.js", "LICENSE": "LICENSE", "NOTICE": "NOTICE"},
    ),
    "maplibre-gl": (
        "maplibre-gl",
        {
            "dist/maplibre-gl.mjs": "maplibre-gl.mjs",
            "dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
            "dist/maplibre-gl.css": "maplibre-gl.css",
            "LICENSE.txt": "LICENSE.txt",
        },
    ),
}


def locked_versions() -> dict[str, str]:
    """Return the version that the lock file gives for each served package."""
    lock = json.loads((ROOT / "package-lock.json").read_text())
    return {name: lock["packages"][f"node_modules/{name}"]["version"] for name in SERVED}


def is_current() -> bool:
    """Say whether every served file is there, from the locked versions."""
    record = VENDOR / "VERSIONS.json"
    files_are_there = all(
        (VENDOR / folder / target).is_file() for folder, files in SERVED.values() for target in files.values()
    )
    return files_are_there and record.is_file() and json.loads(record.read_text()) == locked_versions()


def install() -> None:
    """Run ``npm ci``, so that node_modules is exactly what the lock file says."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("The page assets come from npm, which is not on the PATH. Install Node.js 18 or newer.")
    done = subprocess.run([npm, "ci", "--no-progress"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"npm ci failed:\n{done.stdout}{done.stderr}")


def copy(modules: Path, vendor: Path) -> int:
    """Copy the served files from ``modules`` into ``vendor``; return the number of bytes."""
    size = 0
    for package, (folder, files) in SERVED.items():
        for source, target in files.items():
            content = SOURCE_MAP.sub(b"", (modules / package / source).read_bytes())
            destination = vendor / folder / target
            destination.parent.mkdir(parents=True, exist_ok=True)
            destination.write_bytes(content)
            size += len(content)
    (vendor / "VERSIONS.json").write_text(json.dumps(locked_versions(), indent=2) + "\n")
    return size


def replace_vendor() -> int:
    """Fill a fresh folder beside ``vendor`` and put it in its place, so that half a copy is never served."""
    VENDOR.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".vendor-", dir=VENDOR.parent))
    try:
        size = copy(ROOT / "node_modules", fresh)
        fresh.chmod(0o755)
        if VENDOR.exists():
            shutil.rmtree(VENDOR)
        os.replace(fresh, VENDOR)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return size


def main() -> int:
    """Install and copy, unless all is there already."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="only say whether the assets are current")
    parser.add_argument("--force", action="store_true", help="install again though the assets are current")
    arguments = parser.parse_args()
    current = is_current()
    if arguments.check:
        print("The page assets are current." if current else "The page assets are missing or old: run tools/assets.py.")
        return 0 if current else 1
    if current and not arguments.force:
        print("The page assets are current.")
        return 0
    install()
    print(f"Copied {replace_vendor() / 1_000_000:.1f} MB of page assets to {VENDOR.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
