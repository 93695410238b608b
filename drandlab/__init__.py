"""A laboratory for distributed randomness: drand, threshold BLS and real beacons, to understand, test and analyse.

>>> import drandlab as dl
>>> info = dl.networks["quicknet"]
>>> beacon = dl.Beacon.from_json('{"round": 42, "signature": "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319b'
...                              'ccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"}')
>>> dl.verify(beacon, info).hex()[:16]
'8ada64bae5c6c0f5'

Importing the package loads nothing heavy: each public name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from drandlab.analysis.bulk import BatchReport, verify, verify_batch
    from drandlab.analysis.frames import beacons_of, frame_of, load_beacons
    from drandlab.analysis.statistics import fairness
    from drandlab.beacon.beacon import Beacon
    from drandlab.beacon.chain_info import ChainInfo
    from drandlab.crypto.schemes import scheme
    from drandlab.curves.choice import use_backend
    from drandlab.errors import DrandlabError, VerificationError
    from drandlab.remote.ask.client import Client
    from drandlab.remote.networks import networks
    from drandlab.remote.tables.read_files import read_beacons
    from drandlab.remote.tables.shipped_beacons import beacons
    from drandlab.remote.tables.write_beacons import write_beacons
    from drandlab.simulation.network import Network

__version__ = "0.1.0"

_HOMES = {
    "BatchReport": "analysis.bulk",
    "Beacon": "beacon.beacon",
    "ChainInfo": "beacon.chain_info",
    "Client": "remote.ask.client",
    "DrandlabError": "errors",
    "Network": "simulation.network",
    "VerificationError": "errors",
    "beacons": "remote.tables.shipped_beacons",
    "beacons_of": "analysis.frames",
    "fairness": "analysis.statistics",
    "frame_of": "analysis.frames",
    "load_beacons": "analysis.frames",
    "networks": "remote.networks",
    "read_beacons": "remote.tables.read_files",
    "scheme": "crypto.schemes",
    "use_backend": "curves.choice",
    "verify": "analysis.bulk",
    "verify_batch": "analysis.bulk",
    "write_beacons": "remote.tables.write_beacons",
}

_FOLDERS = (
    "algebra",
    "analysis",
    "beacon",
    "crypto",
    "curves",
    "dkg",
    "errors",
    "idn",
    "node",
    "orbit",
    "remote",
    "served",
    "simulation",
    "teach",
    "testing",
    "timelock",
    "typing",
    "viz",
    "widgets",
)
"""Folders and modules that are imported when they are first used by their names, such as ``dl.viz``."""

__all__ = [
    "BatchReport",
    "Beacon",
    "ChainInfo",
    "Client",
    "DrandlabError",
    "Network",
    "VerificationError",
    "beacons",
    "beacons_of",
    "fairness",
    "frame_of",
    "load_beacons",
    "networks",
    "read_beacons",
    "scheme",
    "use_backend",
    "verify",
    "verify_batch",
    "write_beacons",
]


def __getattr__(name: str) -> _typing.Any:
    if name in _FOLDERS:
        return _importlib.import_module(f"drandlab.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'drandlab' has no attribute {name!r}")
    value = getattr(_importlib.import_module(f"drandlab.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *_FOLDERS, "__doc__", "__name__", "__version__"})
