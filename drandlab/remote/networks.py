"""The real networks: chain infos that ship with drandlab, by name or chain hash."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from os.path import exists

from drandlab.beacon.beacon import Beacon
from drandlab.beacon.chain_info import ChainInfo
from drandlab.beacon.composed import AnyChain, ComposedInfo, any_chain
from drandlab.beacon.verify import Verifier
from drandlab.crypto.schemes import SCHEMES, Scheme
from drandlab.errors import FormatError, LocalError, UnknownNetwork, VerificationError
from drandlab.files import read_text
from drandlab.printable import shown
from drandlab.remote.shipped import shipped

__all__ = ["Networks", "RealNetwork", "networks", "other_home", "other_scheme", "resolve_any", "resolve_chain"]

_SHOWN = 80
"""Characters of an unknown name that the error repeats."""

_LONGEST = 1 << 16
"""Largest size of a chain info file, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealNetwork:
    """A shipped network: its chain info, a description, its status and the relays that serve (or served) it."""

    name: str
    info: ChainInfo
    about: str
    status: str
    """``live``, ``retired``, ``testnet`` or ``dev``."""
    relays: tuple[str, ...]


class Networks(Mapping[str, ChainInfo]):
    """The shipped chain infos, read at first use; ``networks["quicknet"]`` or by chain hash in hexadecimal.

    >>> networks["fastnet"].chain_hash == networks[networks["fastnet"].chain_hash.hex()].chain_hash
    True
    """

    @cached_property
    def details(self) -> Mapping[str, RealNetwork]:
        """Everything known about each network, by name."""
        rows = json.loads(shipped("data", "networks.json").read_text(encoding="utf-8"))
        return {
            name: RealNetwork(
                name=name,
                info=ChainInfo.from_json(row["info"]),
                about=row["about"],
                status=row["status"],
                relays=tuple(row["relays"]),
            )
            for name, row in rows.items()
        }

    @cached_property
    def _by_hash(self) -> Mapping[str, str]:
        return {network.info.chain_hash.hex(): name for name, network in self.details.items()}

    def name_of(self, info: AnyChain) -> str:
        """Return the name of a chain for readers: that of the shipped network with its hash, else its ID and hash.

        That of a composed chain has the names of both halves.
        """
        if isinstance(info, ComposedInfo):
            return f"{self.name_of(info.ground)} composed with {self.name_of(info.satellite)}"
        name = info.chain_hash.hex()
        return self._by_hash.get(name, f"{shown(info.beacon_id, most=_SHOWN)} ({name[:8]}…)")

    def __getitem__(self, name: str) -> ChainInfo:
        if name not in self:
            try:
                what = repr(name)
            except ValueError:  # a number of thousands of digits
                what = f"of type {type(name).__name__}"
            what = what if len(what) <= _SHOWN else f"{what[:_SHOWN]}…"
            raise UnknownNetwork(f"network {what} is not known; the real networks are {', '.join(self.details)}")
        return self.details[self._by_hash.get(name.lower(), name)].info

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self.details or name.lower() in self._by_hash)

    def __iter__(self) -> Iterator[str]:
        return iter(self.details)

    def __len__(self) -> int:
        return len(self.details)

    def _ipython_key_completions_(self) -> list[str]:
        # What IPython and JupyterLab offer after `networks["` and Tab.
        return list(self.details)

    def __repr__(self) -> str:
        return f"<networks {', '.join(self.details)}>"


networks = Networks()


def other_home(beacon: Beacon, chain: ChainInfo, backend: str | None = None) -> str | None:
    """Return the name of the real network, other than ``chain``, that made ``beacon``; None if there is none.

    >>> beacon = Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319b'
    ...                           'ccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
    >>> other_home(beacon, networks["fastnet"])
    'quicknet'
    """
    for name, info in networks.items():
        if info.chain_hash != chain.chain_hash:
            with suppress(VerificationError):
                Verifier.of(info, backend).verify(beacon)
                return name
    return None


def other_scheme(beacon: Beacon, info: ChainInfo, backend: str | None = None) -> Scheme | None:
    """Return the scheme, other than that of ``info``, under which its key made ``beacon``; None if there is none.

    A chain's hash does not bind its scheme, so an info may have the right hash and a wrong scheme.

    >>> from dataclasses import replace
    >>> from drandlab.crypto.schemes import scheme
    >>> beacon = Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319b'
    ...                           'ccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
    >>> other_scheme(beacon, replace(networks["quicknet"], scheme=scheme("bls-unchained-on-g1"))).name
    'bls-unchained-g1-rfc9380'
    """
    for one in SCHEMES.values():
        if one != info.scheme and one.key_length == info.scheme.key_length:
            with suppress(VerificationError):
                Verifier.of(replace(info, scheme=one), backend).verify(beacon)
                return one
    return None


def resolve_chain(chain: str | PathLike[str] | ChainInfo) -> ChainInfo:
    """Return the chain that ``chain`` names: a network's name, a chain hash, a chain info file's path, or itself.

    Raises `UnknownNetwork` for an unknown name, `FormatError` for a file that is not a chain info, and `LocalError` for
    other types, and for a composed chain: that is two chains, and each of its halves is one.
    """
    found = resolve_any(chain)
    if isinstance(found, ComposedInfo):
        raise LocalError(f"expected one chain, got {networks.name_of(found)}, which is two", argument="chain")
    return found


def resolve_any(chain: str | PathLike[str] | AnyChain) -> AnyChain:
    """Return the chain, as `resolve_chain`, or the composed chain whose info a file holds."""
    if isinstance(chain, ChainInfo | ComposedInfo):
        return chain
    if not isinstance(chain, (str, PathLike)):
        raise LocalError(
            f"expected a ChainInfo, a network's name, a chain hash or a chain info file, got {type(chain).__name__}",
            argument="chain",
        )
    name = str(chain)
    if not isinstance(chain, PathLike) and (name in networks or not (name.endswith(".json") or exists(name))):
        return networks[name]
    try:
        return any_chain(read_text(chain, _LONGEST))
    except FormatError as error:
        if isinstance(error.__context__, FileNotFoundError):
            raise UnknownNetwork(f"chain info file {name} does not exist") from None
        raise error.at(source=name) from None
