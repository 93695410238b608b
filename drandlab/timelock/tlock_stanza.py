r"""The stanza of a timelock file: the file key, sealed for the signature of a round.

    -> tlock <round> <chain hash>
    <U || V || W>

The round is decimal, without leading zeros, from 1 to $2^{64} - 1$; the chain hash 64 lowercase hexadecimal digits. The
body is the file key of 16 bytes, encrypted to the digest of the round (`drandlab.crypto.ibe`); U is a point of the key
group, so its length depends on the scheme:

=============================  ===============  ============
scheme                         bytes of U       of the body
=============================  ===============  ============
``bls-unchained-g1-rfc9380``   96 (G2)          128
``bls-unchained-on-g1``        96 (G2)          128
``pedersen-bls-unchained``     48 (G1)          80
``bls-bn254-unchained-on-g1``  128 (G2)         160
=============================  ===============  ============

Nobody can encrypt to a round of a chained network: what is signed there contains the signature before it, which does
not exist yet.

Source: drand/tlock ``tlock_age.go``; the age format, C2SP/age.md, "Recipient stanza".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.verify import Verifier
from drandlab.crypto import ibe
from drandlab.errors import LocalError, VerificationError, WrongType
from drandlab.printable import repr_of
from drandlab.timelock.age_keys import FILE_KEY_LENGTH
from drandlab.timelock.header import Stanza
from drandlab.timelock.reasons import TimelockError
from drandlab.typing import LAST_ROUND, Rng, Round, checked_bytes, checked_int

# fmt: off
__all__ = [
    "TYPE", "RoundKey", "TlockStanza", "check_chain", "check_unchained", "checked_info", "other_chain", "seal_file_key",
    "unknown_chain",
]
# fmt: on

TYPE = "tlock"
"""The type of the stanza: its first argument."""

_ROUND = re.compile(r"[1-9][0-9]{0,19}")
_CHAIN_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlockStanza:
    """The round and the chain with whose signature a file opens, and the sealed file key.

    >>> hash = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    >>> read = TlockStanza.read(Stanza(args=("tlock", "1000", hash), body=bytes(128)))
    >>> read.round, read.to_stanza().args == ("tlock", "1000", hash)
    (1000, True)
    """

    round: Round
    chain_hash: bytes
    body: bytes

    def __post_init__(self) -> None:
        object.__setattr__(self, "round", checked_int(self.round, "round", 1, LAST_ROUND))
        object.__setattr__(self, "chain_hash", checked_bytes(self.chain_hash, "chain_hash", 32))
        object.__setattr__(self, "body", checked_bytes(self.body, "body"))

    @staticmethod
    def read(stanza: Stanza) -> TlockStanza | None:
        """Return what ``stanza`` says, None for a stanza of another type; raises `TimelockError` with reason stanza."""
        if stanza.args[0] != TYPE:
            return None
        if len(stanza.args) != 3:
            raise _malformed(f"expected a round and a chain hash, got {len(stanza.args) - 1} arguments")
        _, number, chain_hash = stanza.args
        if not _ROUND.fullmatch(number) or int(number) > LAST_ROUND:
            rule = "expected a round from 1 to 2^64 - 1 in decimal digits, without leading zeros"
            raise _malformed(f"{rule}; got {repr_of(number)}")
        if not _CHAIN_HASH.fullmatch(chain_hash):
            raise _malformed(
                f"expected a chain hash of 64 lowercase hexadecimal digits, got {repr_of(chain_hash, most=80)}"
            )
        return TlockStanza(round=int(number), chain_hash=bytes.fromhex(chain_hash), body=stanza.body)

    def to_stanza(self) -> Stanza:
        """Return the stanza of an age header."""
        return Stanza(args=(TYPE, str(self.round), self.chain_hash.hex()), body=self.body)


def _malformed(why: str) -> TimelockError:
    return TimelockError(f"the tlock stanza is malformed: {why}", code="stanza")


def checked_info(info: ChainInfo) -> ChainInfo:
    """Return ``info`` if it is a chain's; raises `WrongType` for all else, such as a network's name."""
    if not isinstance(info, ChainInfo):
        raise WrongType(f"expected a ChainInfo, got {type(info).__name__}", argument="info")
    return info


def check_unchained(info: ChainInfo) -> None:
    """Raise `LocalError` unless files can be encrypted to the rounds of this chain: it has to be unchained."""
    if checked_info(info).scheme.chained:
        raise LocalError(
            f"{info.scheme.name} is chained: what a round signs contains the signature before it, which does not exist "
            "yet, so nothing can be encrypted to it; take an unchained network, such as quicknet",
            argument="info",
        )


def _verifier(info: ChainInfo, backend: str | None) -> Verifier:
    """Return the verifier of the chain; raises `LocalError` for an info whose public key is none."""
    try:
        return Verifier.of(info, backend)
    except VerificationError as error:
        raise LocalError(str(error), argument="info") from None


def seal_file_key(info: ChainInfo, round: Round, file_key: bytes, rng: Rng, backend: str | None = None) -> TlockStanza:
    """Return the stanza that opens with the signature of ``round``; ``rng`` gives 16 bytes, the sigma of the IBE.

    Raises `LocalError` for a chained network and for a public key that is none, such as the point at infinity, under
    which anybody could open it.

    >>> import random, drandlab as dl
    >>> seal_file_key(dl.networks["quicknet"], 1000, bytes(16), random.Random(1))
    TlockStanza(round=1000, chain_hash=b'R\\xdb\\x9b...
    """
    check_unchained(info)
    round = checked_int(round, "round", 1, LAST_ROUND)
    file_key = checked_bytes(file_key, "file_key", FILE_KEY_LENGTH)
    chain = _verifier(info, backend)
    sealed = ibe.encrypt(chain.bls, chain.key, info.scheme.digest(round), file_key, rng)
    return TlockStanza(round=round, chain_hash=info.chain_hash, body=sealed.to_bytes())


class RoundKey:
    """The verified signature of one round: what opens every file that was encrypted to it.

    The signature is verified, and decoded, once. Raises `TimelockError` with the reason signature if it is not that of
    the round, a signature of another round included.

    >>> import drandlab as dl
    >>> signature = bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125"
    ...                           "e342b73a8dd2bacbe47e4b6b63ed5e39")
    >>> RoundKey(dl.networks["quicknet"], 1000, signature)
    <RoundKey round 1000 of quicknet>
    """

    def __init__(self, info: ChainInfo, round: Round, signature: bytes | Beacon, backend: str | None = None) -> None:
        check_unchained(info)
        self.info, self.round = info, checked_int(round, "round", 1, LAST_ROUND)
        beacon = signature if isinstance(signature, Beacon) else Beacon(round=self.round, signature=signature)
        if beacon.round != self.round:
            raise TimelockError(
                f"expected the signature of round {self.round}, got the beacon of round {beacon.round}",
                code="signature",
            )
        chain = _verifier(info, backend)
        try:
            chain.check_form(beacon)
            point = chain.bls.decode_signature(beacon.signature)
        except VerificationError as error:
            raise TimelockError(f"not the signature of round {self.round}: {error.reason}", code="signature") from None
        if not chain.bls.matches(chain.key, chain.bls.hash(info.scheme.digest(self.round)), point):
            raise TimelockError(
                f"not the signature of round {self.round} of the chain {info.chain_hash.hex()}: that of another round "
                "or chain, perhaps",
                code="signature",
            )
        self._opener = ibe.Opener(chain.bls, point)

    def __repr__(self) -> str:
        return f"<RoundKey round {self.round} of {self.info.beacon_id}>"

    def file_key(self, stanza: TlockStanza) -> bytes:
        """Return the file key that ``stanza`` holds.

        Raises `TimelockError`: chain (another one than this key's), signature (another round), stanza (a body of
        another length), point (U is no point of the key group), proof (the ciphertext was changed).
        """
        check_chain(stanza, self.info)
        if stanza.round != self.round:
            raise TimelockError(
                f"the file opens with round {stanza.round}, the signature is that of round {self.round}",
                code="signature",
            )
        try:
            return self._opener.open(stanza.body, FILE_KEY_LENGTH)
        except VerificationError as error:
            why, code = error.reason, error.code
        if code in ("ciphertext", "no-scalar"):
            why = "the sealed file key does not pass its proof: the tlock stanza was changed"
            raise TimelockError(why, code="proof")
        raise TimelockError(f"the tlock stanza holds no point: {why}", code="point")


def check_chain(stanza: TlockStanza, info: ChainInfo) -> None:
    """Raise `TimelockError` unless the chain of ``stanza`` is ``info``, and its body has the length of that scheme.

    The reasons are chain, also for a chained network, and stanza.
    """
    if stanza.chain_hash != info.chain_hash:
        raise other_chain(stanza, info, asked=info.beacon_id)
    if info.scheme.chained:
        named = f"{info.chain_hash.hex()} ({info.beacon_id})"
        why = f"the file names the chain {named}, which is chained: no file opens with one"
        raise TimelockError(why, code="chain")
    wanted = info.scheme.key_length + 2 * FILE_KEY_LENGTH
    if len(stanza.body) != wanted:
        raise _malformed(f"a body of {info.scheme.name} has {wanted} bytes, got {len(stanza.body)}")


def other_chain(stanza: TlockStanza, info: ChainInfo, *, own: str = "", asked: str = "") -> TimelockError:
    """Return the error for a file of another chain than ``info``; ``own`` and ``asked`` are the names of both."""
    names = [f" ({name})" if name else "" for name in (own, asked)]
    return TimelockError(
        f"the file opens with the chain {stanza.chain_hash.hex()}{names[0]}, asked for is the chain "
        f"{info.chain_hash.hex()}{names[1]}",
        code="chain",
    )


def unknown_chain(stanza: TlockStanza) -> TimelockError:
    """Return the error for a file of a chain that is not known."""
    return TimelockError(
        f"the file opens with the chain {stanza.chain_hash.hex()}, which is none of the known networks; give its info, "
        "or a relay that has it",
        code="chain",
    )
