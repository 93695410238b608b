r"""The hooks of a consumer: what a chain does with a pulse, a quote or a record once the pallet has let it in.

Two are here. `LoggingHooks` does what the real pallet's example does: it checks the pulse, writes the answer into a
log, and takes the pulse in any case. `CheckingHooks` is that, mended. It refuses, in this order and before it verifies
anything: a range that names no round or more than ``most_rounds``, the point at infinity, and a range that is not
wholly above the last round delivered to the subscription. What is true once is not taken twice then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

from drandlab.curves.choice import resolve, use_backend
from drandlab.errors import DrandlabError
from drandlab.idn.pulses import Pulse
from drandlab.idn.rand_beacon.range_mode import PULSE
from drandlab.idn.runtime.context import Context
from drandlab.idn.runtime.weights import Weight, db_weight
from drandlab.idn.state import Storage, StorageMap
from drandlab.idn.subscriptions.call_params import Quote, SubInfoResponse
from drandlab.idn.subscriptions.subscription import SUB_ID
from drandlab.idn.sums import MOST_SUMMED, on_curve
from drandlab.typing import checked_bytes, checked_int

__all__ = [
    "CONSUMER_CODES",
    "CheckingHooks",
    "ConsumerHooks",
    "HookRefused",
    "LoggingHooks",
    "PulseVerdict",
    "shipped_verdict",
]

CONSUMER_CODES: Mapping[str, str] = MappingProxyType(
    {
        "hook": "the chain's own hook does not take what came",
        "span": "the range names no round, or more than are taken at once",
        "identity": "the signature is the point at infinity",
        "stale": "rounds of the range were delivered before",
        "signature": "the beacon has not signed these rounds",
    }
)
"""Why a hook refuses what came, and what it means."""

_IDENTITY = b"\xc0" + bytes(47)


class HookRefused(DrandlabError):
    """A hook does not take what came; its ``code`` is one of `CONSUMER_CODES`."""

    CODE = "hook"


class ConsumerHooks(Protocol):
    """What a chain does with what it gets; each raises `HookRefused` for what it does not take."""

    def consume_pulse(self, context: Context, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse for a subscription."""
        ...

    def consume_quote(self, context: Context, quote: Quote) -> None:
        """Take the answer to a question for a price."""
        ...

    def consume_sub_info(self, context: Context, info: SubInfoResponse) -> None:
        """Take the answer to a question for a record."""
        ...

    def pulse_weight(self, pulse: Pulse) -> Weight:
        """Return what `consume_pulse` weighs for a pulse, beside the pallet's own work."""
        ...

    def storage_items(self) -> tuple[StorageMap[Any, Any, Any], ...]:
        """Return what the hooks keep in the storage of the pallet."""
        ...


PulseVerdict = Callable[[Pulse, bytes, bool | None], None]
"""Who is told what became of a pulse: the pulse, its subscription, and whether it is true."""


def _ignored(pulse: Pulse, sub_id: bytes, valid: bool | None) -> None:
    pass


def shipped_verdict(pulse: Pulse, public_key: bytes) -> bool | None:
    """Return whether the real code would call a pulse true; None where it would not come to an answer in time.

    It adds up the messages of all rounds of the range before it looks at the signature, without a bound; and for a
    range that ends before it starts the sum is the point at infinity, which the signature at infinity then signs.

    >>> key = bytes(on_curve("glass").public_key(7))
    >>> infinity = Pulse(signature=bytes([0xC0]) + bytes(47), start=2, end=1)
    >>> shipped_verdict(infinity, key), shipped_verdict(Pulse(signature=bytes(48), start=0, end=1 << 40), key)
    (True, None)
    """
    if pulse.start > pulse.end:
        return pulse.signature == _IDENTITY
    if pulse.rounds > MOST_SUMMED:
        return None
    return pulse.authenticate(public_key)


class _Answers:
    """Takes quotes and records as they come, and gives them on to ``answered``, if there is anybody.

    ``public_key`` is that of the beacon, on the curve of ``backend``; raises `DecodeError` for one that is no key.
    """

    def __init__(
        self,
        public_key: bytes,
        backend: str | None,
        told: PulseVerdict | None,
        answered: Callable[[Any], None] | None,
    ) -> None:
        self.backend = resolve(backend)
        self.public_key = checked_bytes(public_key, "public_key", 96)
        on_curve(self.backend).decode_key(self.public_key)
        self._told, self._answered = told or _ignored, answered

    def consume_quote(self, context: Context, quote: Quote) -> None:
        """Take the answer to a question for a price."""
        if self._answered is not None:
            self._answered(quote)

    def consume_sub_info(self, context: Context, info: SubInfoResponse) -> None:
        """Take the answer to a question for a record."""
        if self._answered is not None:
            self._answered(info)


class LoggingHooks(_Answers):
    """What the real example does: every pulse is taken, whoever made it; ``told`` hears whether it was true.

    Its weight is fixed, whatever range a pulse names.
    """

    def __init__(
        self,
        public_key: bytes,
        *,
        backend: str | None = None,
        told: PulseVerdict | None = None,
        answered: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(public_key, backend, told, answered)

    def consume_pulse(self, context: Context, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse, and say whether it was true."""
        with use_backend(self.backend):
            verdict = shipped_verdict(pulse, self.public_key)
        self._told(pulse, sub_id, verdict)

    def pulse_weight(self, pulse: Pulse) -> Weight:
        """Return nothing: the real call is weighed as if the check cost nothing."""
        return Weight()

    def storage_items(self) -> tuple[StorageMap[Any, Any, Any], ...]:
        """Return nothing: nothing is kept."""
        return ()


MOST_ROUNDS = 7
"""The longest range of the deployed bridge."""


def checking_weight(rounds: int = MOST_ROUNDS) -> Weight:
    """Return what the check of a pulse of so many rounds weighs: that of the beacon pallet.

    >>> checking_weight(1).ref_time
    16526000000
    """
    return Weight(14_446_000_000 + 1_955_000_000 * rounds, 3_000) + db_weight(1, 1)


class CheckingHooks(_Answers):
    """The hooks mended: only new and true pulses are taken, and the newest of each subscription is kept.

    ``most_rounds`` is the longest range that is taken, the bridge's own bound unless said otherwise. The weight is that
    of the beacon pallet's check, round by round.
    """

    def __init__(
        self,
        public_key: bytes,
        *,
        most_rounds: int = MOST_ROUNDS,
        backend: str | None = None,
        told: PulseVerdict | None = None,
        answered: Callable[[Any], None] | None = None,
    ) -> None:
        super().__init__(public_key, backend, told, answered)
        self.most_rounds = checked_int(most_rounds, "most_rounds", 1, MOST_SUMMED)
        self.latest: StorageMap[bytes, Pulse, None] = StorageMap("IdnConsumer", "LatestPulse", SUB_ID, PULSE)

    def consume_pulse(self, context: Context, pulse: Pulse, sub_id: bytes) -> None:
        """Take a pulse if it is new and true."""
        refusal = self._refusal(context.storage, pulse, sub_id)
        self._told(pulse, sub_id, refusal is None)
        if refusal is not None:
            raise refusal
        self.latest.put(context.storage, sub_id, pulse)

    def _refusal(self, storage: Storage, pulse: Pulse, sub_id: bytes) -> HookRefused | None:
        if not 0 < pulse.rounds <= self.most_rounds:
            return HookRefused(f"rounds {pulse.start} to {pulse.end}, at most {self.most_rounds} pass", code="span")
        if pulse.signature == _IDENTITY:
            return HookRefused("the signature is the point at infinity", code="identity")
        before = self.latest.get(storage, sub_id)
        if before is not None and pulse.start <= before.end:
            return HookRefused(f"round {pulse.start} is not above the last one, {before.end}", code="stale")
        with use_backend(self.backend):
            true = pulse.authenticate(self.public_key)
        return None if true else HookRefused("the beacon has not signed these rounds", code="signature")

    def pulse_weight(self, pulse: Pulse) -> Weight:
        """Return what the check weighs; a range that is too long is refused before it."""
        return checking_weight(pulse.rounds if pulse.rounds <= self.most_rounds else 0)

    def storage_items(self) -> tuple[StorageMap[Any, Any, Any], ...]:
        """Return the newest pulse of each subscription."""
        return (self.latest,)
