"""The service runs where no picture is ever decoded: none of the heavy libraries is imported."""

import subprocess
import sys

BLOCKED = ("cv2", "onnxruntime", "numpy", "scipy", "av", "ultralytics")


def test_the_application_needs_no_vision_library() -> None:
    program = f"""
import sys
for name in {BLOCKED!r}:
    sys.modules[name] = None  # an import of it raises ImportError
import hypervisor.app, hypervisor.redis_feed, hypervisor.server
assert not [name for name in sys.modules if name.split(".")[0] in {BLOCKED!r} and sys.modules[name]]
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 0, ended.stderr


def test_a_process_imports_the_command_that_it_runs_and_no_other() -> None:
    program = f"""
import sys
from parvis.cli import application
application(["rules"])
assert not [name for name in sys.modules if name.split(".")[0] in {BLOCKED!r}], sorted(sys.modules)
application()
assert "scipy" in sys.modules, "all commands together count, too"
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
