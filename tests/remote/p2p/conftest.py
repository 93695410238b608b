from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import pytest

from drandlab.remote.p2p.libp2p_package import BACKEND


@pytest.fixture
def run(libp2p_package: None) -> Callable[[Callable[[], Awaitable[None]]], None]:
    """Run an asynchronous test on the event loop of libp2p."""
    return lambda test: anyio.run(test, backend=BACKEND)
