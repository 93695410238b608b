"""The fast bytes of messages are those of the format."""

from __future__ import annotations

from random import Random

import pytest
from xcm_programs import Programs

from drandlab.errors import LocalError
from drandlab.idn.channels.fast_encoding import MESSAGE, message_body
from drandlab.idn.xcm.instruction_codecs import XCM
from drandlab.idn.xcm.instructions import ClearOrigin, SetAppendix, Transact


def test_any_message_has_the_bytes_of_the_format() -> None:
    draw = Programs(Random(3), [b"\1\2"], [bytes(32), b"\1" * 32], [7])
    for _ in range(300):
        message = draw.message()
        try:
            written = XCM.encode(message)
        except LocalError:
            continue
        assert MESSAGE.encode(message) == written == MESSAGE.encode(message)
        assert written.endswith(message_body(message)) and MESSAGE.decode(written) == message


def test_the_bounds_of_the_format_hold() -> None:
    for message in ((ClearOrigin(),) * 101, (SetAppendix((ClearOrigin(),) * 100),), (Transact,), [ClearOrigin()]):
        with pytest.raises(LocalError):
            MESSAGE.encode(message)  # type: ignore[arg-type]
