"""The names of accounts and origins in a chain file, and what they stand for.

An account is a development account (``Alice``) or, by its number, the sovereign account of a parachain (``4594``). An
origin is ``root``, ``none``, an account that signs, a parachain that sends an XCM message (``4594``), or an account
there (``4594/Alice``).
"""

from __future__ import annotations

import re

from drandlab.crypto.sr25519 import WELL_KNOWN, development
from drandlab.errors import FormatError, LocalError
from drandlab.idn.runtime.calls import NONE, ROOT, Origin, signed
from drandlab.idn.xcm.location_accounts import sibling_account
from drandlab.idn.xcm.locations import AccountId32, Location, Parachain, sibling
from drandlab.printable import repr_of
from drandlab.text import hex_bytes
from drandlab.typing import whole_of_text

__all__ = ["MOST_PARAS", "account_named", "check_development", "origin_named", "para_named"]


MOST_PARAS = (1 << 32) - 1

_NUMBERED = re.compile(r"Collator[1-9]\d{0,3}")


def check_development(name: str, argument: str) -> str:
    """Return ``name`` if it is a development account; raises `LocalError` for the argument.

    >>> check_development("Alcie", "signer")
    Traceback (most recent call last):
    drandlab.errors.LocalError: signer: expected one of Alice, Bob, Charlie, Dave, Eve, Ferdie, or Collator7 and ...
    """
    if name in WELL_KNOWN or _NUMBERED.fullmatch(name):
        return name
    known = ", ".join(WELL_KNOWN)
    raise LocalError(f"expected one of {known}, or Collator7 and so on, got {repr_of(name, 40)}", argument=argument)


def para_named(text: str) -> int | None:
    """Return the parachain that a text names by its number, None if it is no such number."""
    number = whole_of_text(text)
    return number if number is not None and number <= MOST_PARAS and text == str(number) else None


def account_named(name: str, argument: str) -> bytes:
    """Return the account that a name stands for, 32 bytes; 0x and 64 digits stand for themselves.

    A parachain's sovereign account is ``sibl``, its number in 4 bytes, little-endian, and zeros.

    >>> account_named("4594", "balances").hex()[:16]
    '7369626cf2110000'
    """
    if name.startswith("0x"):
        try:
            return hex_bytes(name[2:], length=32)
        except FormatError as error:
            raise LocalError(error.rule, argument=argument) from None
    if (para := para_named(name)) is not None:
        return sibling_account(para)
    return development(check_development(name, argument)).public


def origin_named(text: str, argument: str = "origin") -> Origin:
    """Return the origin that a text stands for; one of another chain has its location in ``detail``.

    >>> origin_named("4594").detail
    Location(parents=1, interior=(Parachain(id=4594),))
    >>> origin_named("root") is ROOT
    True
    """
    if text in ("root", "none"):
        return ROOT if text == "root" else NONE
    chain, slash, account = text.partition("/")
    para = para_named(chain)
    if para is None:
        if slash:
            raise LocalError(f"expected a parachain's number before /, got {repr_of(text, 40)}", argument=argument)
        return signed(development(check_development(text, argument)).public)
    if not slash:
        return Origin("xcm", detail=sibling(para))
    there = development(check_development(account, argument)).public
    return Origin("xcm", detail=Location(1, (Parachain(para), AccountId32(None, there))))
