"""Selectors and call data of ink! contracts: which message of a contract is called, and with what.

Source: ink! 5, the selectors of messages; idn-contracts 0.1 for the trait ``IdnConsumer``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drandlab.idn.state import blake2_256
from drandlab.typing import checked_text

__all__ = ["CONSUMER_SELECTORS", "SELECTOR_LENGTH", "selector"]

SELECTOR_LENGTH = 4


def selector(name: str) -> bytes:
    r"""Return the selector of a message, the first 4 bytes of $\text{BLAKE2b-256}(name)$.

    A message of a trait is named ``Trait::message``, any other and a constructor by its name alone.

    >>> selector("IdnConsumer::consume_pulse").hex(), selector("new").hex()
    ('5277fe11', '9bae9d5e')
    """
    return blake2_256(checked_text(name, "name").encode())[:SELECTOR_LENGTH]


CONSUMER_SELECTORS: Mapping[str, bytes] = MappingProxyType(
    {name: selector(f"IdnConsumer::{name}") for name in ("consume_pulse", "consume_quote", "consume_sub_info")}
)
"""The three messages by which a contract is given what the bridge sends."""
