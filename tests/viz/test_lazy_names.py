from __future__ import annotations

import subprocess
import sys

import pytest

from drandlab import viz, widgets


@pytest.mark.parametrize("folder", [viz, widgets])
def test_every_public_name_is_there(folder: object) -> None:
    names = folder.__all__  # type: ignore[attr-defined]
    assert dir(folder) == sorted(names)
    assert all(getattr(folder, name).__name__ == name for name in names)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        folder.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_folders_loads_neither_plotly_nor_ipywidgets() -> None:
    script = (
        "import sys, drandlab.viz, drandlab.widgets; "
        "print({'plotly', 'ipywidgets', 'anywidget', 'numpy', 'polars'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
