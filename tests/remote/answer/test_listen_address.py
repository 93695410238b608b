"""Where a server listens, and the one sentence that says why it cannot."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from drandlab.errors import LocalError, WrongType
from drandlab.remote.answer.listen_address import ListenAddress, host_and_port


@pytest.mark.parametrize(
    ("host", "name", "private"),
    [
        ("127.0.0.1", "127.0.0.1:7", True),
        ("127.1", "127.0.0.1:7", True),
        ("::1", "[::1]:7", True),
        ("[::1]", "[::1]:7", True),
        ("0:0:0:0:0:0:0:1", "[::1]:7", True),
        ("localhost", "localhost:7", True),
        ("0.0.0.0", "0.0.0.0:7", False),
        ("0", "0.0.0.0:7", False),
        ("::", "[::]:7", False),
        ("192.0.2.1", "192.0.2.1:7", False),
        ("2001:db8::1", "[2001:db8::1]:7", False),
    ],
)
def test_a_host_has_one_name_and_is_for_this_machine_or_for_all(host: str, name: str, private: bool) -> None:
    place = ListenAddress.of(host, 7)
    assert (place.name, place.is_private) == (name, private)


@pytest.mark.parametrize(
    "host", ["999.1.1.1", "no-such-host.invalid", "a" * 70, "", " ", "::1%lo", "1:2", "a\nb", "\x00"]
)
def test_a_host_that_there_cannot_be_is_refused_with_what_to_give(host: str) -> None:
    with pytest.raises(LocalError) as caught:
        ListenAddress.of(host, 0)
    said = str(caught.value)
    assert "cannot be served" in said and said.endswith("0.0.0.0 or :: for all of its addresses") and said.isprintable()


@pytest.mark.parametrize("port", [-1, 1 << 16])
def test_a_port_has_sixteen_bits(port: int) -> None:
    with pytest.raises(LocalError, match=rf"\[::1\]:{port} cannot be served: a port is a number from 0 to 65535"):
        ListenAddress.of("::1", port)


def test_the_unspecified_address_serves_both_families() -> None:
    with ListenAddress.of("::", 0).listen() as listener:
        port = listener.getsockname()[1]
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, port), timeout=60).close()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError) as caught:
            ListenAddress.of("::", port).listen()
    assert str(caught.value) == (
        f"[::]:{port} cannot be served (Address already in use): choose a free port, or 0 for any"
    )


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(LocalError, match=r"192.0.2.1:0 cannot be served \(.+\): give 127.0.0.1 or ::1 for this"):
        ListenAddress.of("192.0.2.1", 0).listen()


def test_brackets_are_put_once() -> None:
    assert [host_and_port(host, 1) for host in ("a", "1.2.3.4", "::", "[::]")] == [
        "a:1",
        "1.2.3.4:1",
        "[::]:1",
        "[::]:1",
    ]


@pytest.mark.parametrize(("host", "port", "argument"), [("::1", "80", "port"), ("::1", True, "port"), (7, 80, "host")])
def test_a_value_of_another_type_is_named(host: Any, port: Any, argument: str) -> None:
    with pytest.raises(WrongType) as caught:
        ListenAddress.of(host, port)
    assert caught.value.argument == argument
