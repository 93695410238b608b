from __future__ import annotations

import pytest

import drandlab as dl


@pytest.mark.parametrize("name", list(dl.networks))
def test_the_shipped_beacons_are_those_of_the_frame(name: str) -> None:
    assert dl.beacons(name) == list(dl.beacons_of(dl.load_beacons(name)))


def test_a_list_of_beacons_loads_no_polars() -> None:
    import subprocess
    import sys

    code = "import sys, drandlab as dl; dl.beacons('evmnet'); sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
