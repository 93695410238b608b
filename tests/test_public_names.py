"""What `import drandlab` names."""

from __future__ import annotations

import pytest

import drandlab as dl
from drandlab import errors


@pytest.mark.parametrize("name", dl.__all__)
def test_every_public_name_is_found_by_use_and_by_completion(name: str) -> None:
    assert name in dir(dl)
    assert getattr(dl, name).__doc__


def test_the_names_are_one_sorted_list() -> None:
    assert dl.__all__ == sorted(dl.__all__)
    assert set(dl.__all__) == set(dl._HOMES)


def test_what_goes_wrong_is_caught_by_the_public_names() -> None:
    beacon = dl.Beacon(round=7, signature=bytes(48))
    with pytest.raises(dl.VerificationError):
        dl.verify(beacon, "quicknet")
    assert dl.DrandlabError is errors.DrandlabError
    assert issubclass(dl.VerificationError, dl.DrandlabError)


def test_another_name_is_refused() -> None:
    with pytest.raises(AttributeError, match="module 'drandlab' has no attribute 'verfy'"):
        dl.verfy  # noqa: B018
