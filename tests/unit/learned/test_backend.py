"""Which loops the learned engine takes: compiled ones where it may and can, else those of numpy."""

from __future__ import annotations

import subprocess
import sys

from clusterproof.checker.learned import kernel
from clusterproof.checker.learned.backend import backend
from clusterproof.checker.learned.machine_code import AVAILABLE
from clusterproof.checker.learned.vectorised import expanding

WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None
from clusterproof.checker.check import check_system
from clusterproof.models import philosophers, two_phase_commit
for system in (two_phase_commit.system(3), philosophers.system(4)):
    result = check_system(system, engine="learned")
    print(result.engine, result.states, result.transitions + result.stuttering, result.exit_code())
"""


def test_nobody_has_to_want_machine_code():
    """Numpy's loops are taken where nothing may be compiled, or nothing can be."""
    assert backend(machine_code_wanted=False).expand is expanding.expand
    assert backend().expand is (kernel.expand if AVAILABLE else expanding.expand)


def test_a_python_without_numba():
    """The learned engine gives the known counts where numba cannot be imported."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMBA], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("learned 288 1145 0\nlearned 322 1068 0\n", "")
