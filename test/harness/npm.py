"""Published definitions from the npm registry, installed once under build/npm."""

import hashlib
import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from harness.eventually import stretched

_HERE = Path(__file__).resolve().parents[1] / "npm"
_FOLDER = _HERE.parents[1] / "build" / "npm"


def _install():
    """The folder that holds node_modules; skips the test where there is no npm."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise unittest.SkipTest("needs node and npm")
    lock = (_HERE / "package-lock.json").read_bytes()
    mark = _FOLDER / (hashlib.sha256(lock).hexdigest()[:16] + ".done")
    if mark.exists():
        return _FOLDER
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(_HERE / name, _FOLDER / name)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=_FOLDER, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=stretched(120))
    if done.returncode != 0:
        raise unittest.SkipTest("npm ci failed: " + done.stderr.decode(errors="replace")[-300:])
    mark.touch()
    return _FOLDER


def run(script, given):
    """What test/npm/<script> makes of `given` (octets): the JSON that it prints."""
    folder = _install()
    done = subprocess.run(["node", str(_HERE / script)], input=given, capture_output=True,
                          cwd=folder, env={**os.environ, "NPM_FOLDER": str(folder)}, check=False,
                          timeout=stretched(60))
    if done.returncode != 0:
        raise AssertionError(f"{script}: {done.stderr.decode(errors='replace')[-3000:]}")
    return json.loads(done.stdout)
