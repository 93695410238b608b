"""Two requests for a quote in one block get one reference: whoever waits for both cannot tell the answers apart.

The library makes the reference of a request from its frequency and the block alone. Even a hash of all that the record
will be leaves out the number of pulses, which is no part of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drandlab.attacks.attack import Attack, AttackOutcome, AttackParameter
from drandlab.attacks.library.contract_chains import CLIENTS, ContractChains

__all__ = ["ATTACK"]

USUAL: Mapping[str, Any] = {"number_of_pulses": 10, "frequency": 3, "metadata": None, "sub_id": None}
REQUESTS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "metadata": ({"metadata": None}, {"metadata": b"12345678"}),
    "pulses": ({"number_of_pulses": 10}, {"number_of_pulses": 20}),
    "frequency": ({"frequency": 1}, {"frequency": 2}),
}
"""In what the two requests differ."""


def _theory(client: str, differ: str) -> AttackOutcome:
    apart = differ == "frequency" or (client == "mended" and differ == "metadata")
    return {"answers": 2, "references": 1 + apart}


def _measure(seed: int, *, client: str, differ: str) -> AttackOutcome:
    chains = ContractChains(client, first=1 + seed % 1000)
    for request in REQUESTS[differ]:
        chains.plan("request_quote", **{**USUAL, **request})
    chains.step()
    chains.settle()
    chains.settle()
    quotes = chains.ask("get_quote_history")
    return {"answers": len(quotes), "references": len({quote.req_ref for quote in quotes})}


ATTACK = Attack(
    name="shared_reference",
    about="A contract asks for two quotes in one block and cannot say which answer is to which request.",
    parameters={
        "client": AttackParameter("shipped", "the contract's library", choices=tuple(CLIENTS)),
        "differ": AttackParameter("metadata", "in what the requests differ", choices=tuple(REQUESTS)),
    },
    sources=("Ideal Network SDK, December 2025: idn-contracts",),
    remedy="Give each request a reference of its own, such as a counter.",
    theory=_theory,
    measure=_measure,
)
