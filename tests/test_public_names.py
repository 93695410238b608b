"""What `import drandlab` names."""

from __future__ import annotations

import subprocess
import sys

import pytest

import drandlab as dl
from drandlab import errors


@pytest.mark.parametrize("name", dl.__all__)
def test_every_public_name_is_found_by_use_and_by_completion(name: str) -> None:
    assert name in dir(dl)
    assert getattr(dl, name).__doc__


def test_the_names_are_one_sorted_list() -> None:
    assert dl.__all__ == sorted(dl.__all__)
    assert len(dl._FOLDERS) == len(set(dl._FOLDERS))
    assert set(dl.__all__) == set(dl._HOMES)


def test_what_goes_wrong_is_caught_by_the_public_names() -> None:
    beacon = dl.Beacon(round=7, signature=bytes(48))
    with pytest.raises(dl.VerificationError):
        dl.verify(beacon, "quicknet")
    assert dl.DrandlabError is errors.DrandlabError
    assert issubclass(dl.VerificationError, dl.DrandlabError)


@pytest.mark.parametrize("name", dl._FOLDERS)
def test_a_folder_loads_when_it_is_first_named(name: str) -> None:
    program = (
        f"import sys, drandlab as dl; early = 'drandlab.{name}' in sys.modules; dl.{name}.__doc__; sys.exit(early)"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def test_completion_offers_names_of_drandlab_and_nothing_else() -> None:
    offered = {name for name in dir(dl) if not name.startswith("_")}
    assert offered == {*dl.__all__, *dl._FOLDERS}
    from IPython.core.completer import provisionalcompleter
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell(user_ns={"dl": dl})
    with provisionalcompleter():
        for use_jedi in (True, False):
            shell.Completer.use_jedi = use_jedi
            found = {completion.text.removeprefix(".") for completion in shell.Completer.completions("dl.", 3)}
            assert {"verify", "viz", "beacons"} <= found
            assert not {"Any", "annotations", "import_module", "TYPE_CHECKING"} & found, use_jedi
        names = {completion.text for completion in shell.Completer.completions('dl.networks["', 13)}
    assert any("quicknet" in name for name in names)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'drandlab' has no attribute 'verfy'"):
        dl.verfy  # noqa: B018
