"""What is free inside a process goes back to the system."""

import platform
import subprocess
import sys

import pytest

HOLES = """
import ctypes, pathlib
from pipeline.settle import give_back

def resident_kib():
    lines = pathlib.Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:"))

c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
before = resident_kib()
blocks = [c.malloc(32768) for _ in range(2000)]
for block in blocks:
    ctypes.memset(block, 1, 32768)
for number, block in enumerate(blocks):
    if number % 50 != 49:
        c.free(block)
holes = resident_kib()
give_back()
print(holes - before, resident_kib() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have their own ways")
def test_holes_in_the_heap_go_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    held_kib, left_kib = map(int, done.stdout.split())
    assert held_kib > 60_000, "blocks that are still in use hold what is free between them"
    assert left_kib < 6_000
