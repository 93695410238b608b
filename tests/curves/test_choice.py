"""Which backend computes: argument over context over environment over default."""

import os
import subprocess
import sys
import threading

import pytest

from drandlab.curves import choice, suite, use_backend
from drandlab.errors import BackendUnavailable, LocalError


def test_argument_wins_over_context():
    with use_backend("glass"):
        assert choice.current() == "glass"
        assert suite().backend == "glass"
        assert suite(backend="py_ecc").backend == "py_ecc"
        with use_backend("blst"):
            assert suite().backend == "blst"
        assert suite().backend == "glass"


def test_context_ends_with_an_error_too():
    before = choice.current()
    with pytest.raises(RuntimeError), use_backend("glass"):
        raise RuntimeError
    assert choice.current() == before


def test_context_stays_in_its_thread():
    seen = []
    with use_backend("glass"):
        thread = threading.Thread(target=lambda: seen.append(choice.current()))
        thread.start()
        thread.join()
    assert seen == [choice.current()]


def test_bn254_falls_back_to_its_reference():
    assert suite("bn254", "blst").backend == "py_ecc"
    assert suite("bn254", "blst") is suite("bn254", "py_ecc") is not suite("bn254", "glass")


def test_unknown_backend():
    with pytest.raises(LocalError, match="blst, py_ecc, glass"):
        suite("bls12-381", "openssl")
    with pytest.raises(LocalError, match="backend"), use_backend("openssl"):
        pass


def test_a_backend_whose_wheel_is_missing(monkeypatch):
    monkeypatch.setattr(choice, "available", lambda: ("py_ecc", "glass"))
    with pytest.raises(BackendUnavailable, match=r"needs the package pyblst.*py_ecc, glass"):
        suite("bls12-381", "blst")


def python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | environment, timeout=60
    )


def test_environment_is_read_at_first_use_and_not_at_import():
    code = (
        "import drandlab.curves, os; os.environ['DRANDLAB_BACKEND'] = 'glass'; print(drandlab.curves.suite().backend)"
    )
    assert python(code, DRANDLAB_BACKEND="py_ecc").stdout == "glass\n"


def test_a_wrong_environment_is_named():
    run = python("import drandlab.curves as c; c.suite()", DRANDLAB_BACKEND="fast")
    assert "DRANDLAB_BACKEND: expected one of blst, py_ecc, glass, got 'fast'" in run.stderr


def test_without_the_fast_wheel_the_reference_is_the_default():
    code = (
        "import sys; sys.modules['pyblst'] = None; import importlib.util as u; find = u.find_spec;"
        "u.find_spec = lambda n, *a: None if n == 'pyblst' else find(n, *a);"
        "import drandlab.curves as c; print(c.suite().backend, c.available())"
    )
    assert python(code, DRANDLAB_BACKEND="").stdout == "py_ecc ('py_ecc', 'glass')\n"
