from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

CHILD = """
import signal, time
from hocba_core.lifeline import die_with_parent
die_with_parent({parent}{how})
print("lives", flush=True)
time.sleep(30)
print("outlived its parent", flush=True)
"""
PARENT = """
import os, subprocess, sys
child = {child!r}.replace("PARENT", str(os.getpid()))
subprocess.Popen([sys.executable, "-c", child])
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["", ", signal.SIGTERM"])
def test_it_ends_however_its_parent_ends(how: str):
    parent = PARENT.format(child=CHILD.format(parent="PARENT", how=how))
    with subprocess.Popen(
        [sys.executable, "-c", parent], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "lives\n"
        os.kill(running.pid, signal.SIGKILL)
        assert running.stdout.read() == "", "the pipe closes with the child, the last that holds it"


def test_it_does_not_begin_when_its_parent_is_gone_already():
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(parent=1, how="")], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == ""
