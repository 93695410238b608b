"""The one door: one suite for each curve and backend, also through a pickle and from many threads."""

import pickle
import subprocess
import sys
import threading

import pytest

from drandlab.curves import door, suite
from drandlab.curves.backends.glass import GlassSuite
from drandlab.curves.params import CURVES

ALL = [("bls12-381", "blst"), ("bls12-381", "py_ecc"), ("bls12-381", "glass"), ("bn254", "py_ecc"), ("bn254", "glass")]


@pytest.mark.parametrize(("curve", "backend"), ALL)
def test_a_pickle_leads_back_to_the_same_suite_and_group(curve, backend):
    s = suite(curve, backend)
    for one in (s, s.g1, s.g2):
        assert pickle.loads(pickle.dumps(one)) is one
    assert pickle.loads(pickle.dumps(7 * s.g2.generator)) == 7 * s.g2.generator


def test_a_process_that_has_no_suite_open_can_load_a_point():
    saved = pickle.dumps(7 * suite("bls12-381", "glass").g1.generator)
    code = f"import pickle; point = pickle.loads({saved!r}); print(point, point.group is pickle.loads({saved!r}).group)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.stdout.endswith(" True\n"), run.stderr


def test_two_threads_that_open_a_suite_at_once_get_one(monkeypatch):
    both, opened = threading.Barrier(2), []

    def make(curve, backend):
        both.wait(30)
        return GlassSuite(CURVES[curve])

    monkeypatch.setattr(door, "_opened", {})
    monkeypatch.setattr(door, "_make", make)
    threads = [threading.Thread(target=lambda: opened.append(suite("bls12-381", "glass"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert opened[0] is opened[1]
    assert opened[0].g1.generator == opened[1].g1.generator
