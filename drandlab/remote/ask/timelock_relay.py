"""What a timelock file needs of the real networks: the info of its chain, and the beacon of its round.

A relay's chain info is believed only if it hashes to the chain's hash: with a false genesis or period, a time would get
a round that is past, and the file would open at once. The hash does not bind the scheme; a beacon shows that.
"""

from __future__ import annotations

import re

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.errors import LocalError, RelayError, UnknownNetwork
from drandlab.remote.ask.client import Client
from drandlab.remote.ask.relay import HttpRefusal, OtherChain, Relay
from drandlab.remote.ask.relay_address import RelayAddress
from drandlab.remote.networks import networks, resolve_chain
from drandlab.timelock.opening_time import too_early
from drandlab.timelock.sealed_file import SealedFile
from drandlab.timelock.tlock_stanza import other_chain, unknown_chain
from drandlab.typing import Round, Seconds

__all__ = ["DEFAULT_CHAIN", "beacon_of_round", "chain_to_encrypt_to", "chains_of_file", "named_chain"]

DEFAULT_CHAIN = "quicknet"
"""The network to which files are encrypted if none is named, as with ``tle``."""

_MOST_NAMED = 5
"""Chains of a relay that an error names."""

_HASH = re.compile("[0-9A-Fa-f]{64}")


def named_chain(name: str, relay: str | None) -> ChainInfo:
    """Return the chain that ``name`` means: a known network, a file, or a hash for which the ``relay`` has the info.

    Raises `LocalError` for an unknown one, `RelayError` if the relay does not give an info with this hash.
    """
    if name in networks or not _HASH.fullmatch(name):
        return _with_true_scheme(resolve_chain(name))
    if relay is None:
        why = f"chain hash {name}: not among the real networks; give its chain info as a file, or a relay that has it"
        raise UnknownNetwork(why)
    with Client(name.lower(), [relay]) as client:
        return client.info()


def _with_true_scheme(info: ChainInfo) -> ChainInfo:
    """Return ``info``; raises `LocalError` if it is a known network's but for the scheme, which its hash does not bind.

    What is encrypted under another scheme opens with no signature, and nothing else would show it in time.
    """
    known = networks.get(info.chain_hash.hex())
    if known is not None and known.scheme != info.scheme:
        why = f"the scheme of {networks.name_of(known)} is {known.scheme.name}, the info says {info.scheme.name}"
        raise LocalError(why, argument="chain")
    return info


def chain_to_encrypt_to(name: str | None, relay: str | None) -> ChainInfo:
    """Return the chain that ``name`` means, else the one in the relay's address, else quicknet.

    A ``relay`` that is given must have this chain, too, so that one with another genesis is noticed. Errors are those
    of `named_chain`.
    """
    if relay is None:
        return named_chain(DEFAULT_CHAIN if name is None else name, None)
    in_address = RelayAddress.of(relay).chain_hash
    if name is None:
        name = in_address.hex() if in_address else DEFAULT_CHAIN
    info = named_chain(name, relay)
    with Client(info, [relay]) as client:
        client.run(client.relays.first, "chain info", _info_of)
    return info


async def _info_of(relay: Relay) -> tuple[ChainInfo, bool]:
    """Ask for the chain info; one that refuses it is asked what it serves: relays differ in their status codes."""
    try:
        return await relay.info()
    except HttpRefusal:
        served = await relay.served_chains()
        if not served or relay.chain_hash in served:
            raise
        names = ", ".join(map(_name, served[:_MOST_NAMED]))
        more = f" and {len(served) - _MOST_NAMED} more" if len(served) > _MOST_NAMED else ""
        why = f"this relay serves {names}{more}, not {_name(relay.chain_hash)}"
        raise OtherChain(why, relay=relay.address) from None


def _name(chain_hash: bytes) -> str:
    info = networks.get(chain_hash.hex())
    return networks.name_of(info) if info else chain_hash.hex()


def chains_of_file(file: SealedFile, asked: ChainInfo | None, relay: str | None) -> list[ChainInfo]:
    """Return the chains with which ``file`` opens: the one ``asked`` for, or the known networks, or what the relay has.

    There is one at least, and more than one only for a file that opens with any of several networks.

    Raises `TimelockError`: stanza (it has none for a timelock), chain (another one than asked for, or an unknown one);
    `RelayError` if the relay does not give an info with the hash in the file.
    """
    file.check_stanzas()
    first, named = file.stanzas[0], [stanza.chain_hash.hex() for stanza in file.stanzas]
    known = [networks[name] for name in dict.fromkeys(named) if name in networks]
    if asked is not None:
        if asked.chain_hash.hex() not in named:
            own = networks.get(named[0])
            raise other_chain(first, asked, own=networks.name_of(own) if own else "", asked=networks.name_of(asked))
        return [asked]
    if known:
        return known
    if relay is None:
        raise unknown_chain(first)
    return [named_chain(named[0], relay)]


def beacon_of_round(info: ChainInfo, round: Round, relay: str | None, now: Seconds) -> Beacon:
    """Return the beacon of ``round``, verified, from the ``relay``, or (None) from those of a known network.

    Raises `TimelockError` with the reason too early if the round is not due at ``now``, or if the relays do not have it
    yet; `RelayError` if they do not answer; `LocalError` for a chain whose relays are not known.
    """
    if not _is_due(info, round, now):
        raise too_early(info, round, now)
    with _client(info, relay, now) as client:
        try:
            return client.round(round)
        except RelayError:
            latest = _latest(client)
            if latest is not None and latest < round:
                raise too_early(info, round, now, latest=latest) from None
            raise


def _client(info: ChainInfo, relay: str | None, now: Seconds) -> Client:
    try:
        return Client(info, None if relay is None else [relay], now=lambda: now)
    except LocalError as error:
        if relay is None and error.argument == "relays":
            name = networks.name_of(info)
            why = f"no relay is known that serves {name}; give its address, or the signature or the beacon of the round"
            raise LocalError(why) from None
        raise


def _is_due(info: ChainInfo, round: Round, now: Seconds) -> bool:
    try:
        return info.round_time(round) <= now
    except LocalError:  # so late that it has no time
        return False


def _latest(client: Client) -> Round | None:
    """Return the latest round of the relays; None if they do not tell."""
    try:
        return client.latest().round
    except RelayError:
        return None
