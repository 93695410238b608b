"""Proofs for light clients: that a round was, or was not, observed by the bridge, against a block's header alone."""

from drandlab.idn.proofs.ingest_history import Ingest, IngestHistory
from drandlab.idn.proofs.light_client import LightClient
from drandlab.idn.proofs.mountain_range import MountainRange, Peaks
from drandlab.idn.proofs.round_proof import NotObserved, Observed, RoundArchive, RoundProof, check_round
from drandlab.idn.proofs.sum_membership import MembershipSteps, SumMembership

__all__ = [
    "Ingest",
    "IngestHistory",
    "LightClient",
    "MembershipSteps",
    "MountainRange",
    "NotObserved",
    "Observed",
    "Peaks",
    "RoundArchive",
    "RoundProof",
    "SumMembership",
    "check_round",
]
