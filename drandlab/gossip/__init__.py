"""Floor 3: gossip, the publish-subscribe network over which drand's pulses travel.

What is sent: `messages` (frames, signed messages, peer IDs, pulses). Who sends it on: `router`, one peer as a machine
without input and output, with its `parts`, its `memory` and, if wanted, `scoring`. How it is set: `router_parameters`.
"""

from drandlab.gossip.effects import (
    Connect,
    Deliver,
    Judgement,
    RouterEffect,
    SendRpc,
    SetHeartbeat,
    Validation,
)
from drandlab.gossip.messages.peer_ids import peer_id, public_key_of
from drandlab.gossip.messages.pulse_codec import decode_pulse, encode_pulse, message_id, topic
from drandlab.gossip.messages.rpc import GossipMessage, Rpc
from drandlab.gossip.messages.rpc_codec import decode_rpc, encode_rpc
from drandlab.gossip.messages.signed_messages import SignaturePolicy, sign, verify
from drandlab.gossip.pulse_validators import NewestPulses, PulseValidator, TrustedSources
from drandlab.gossip.router import Router
from drandlab.gossip.router_parameters import DRAND_RELAY, GO, IDN, RUST, SPEC, IdRule, Parameters
from drandlab.gossip.scoring.score_parameters import Scoring, TopicScoring, pulse_scoring
from drandlab.records import Report

__all__ = [
    "DRAND_RELAY",
    "GO",
    "IDN",
    "RUST",
    "SPEC",
    "Connect",
    "Deliver",
    "GossipMessage",
    "IdRule",
    "Judgement",
    "NewestPulses",
    "Parameters",
    "PulseValidator",
    "Report",
    "Router",
    "RouterEffect",
    "Rpc",
    "Scoring",
    "SendRpc",
    "SetHeartbeat",
    "SignaturePolicy",
    "TopicScoring",
    "TrustedSources",
    "Validation",
    "decode_pulse",
    "decode_rpc",
    "encode_pulse",
    "encode_rpc",
    "message_id",
    "peer_id",
    "public_key_of",
    "pulse_scoring",
    "sign",
    "topic",
    "verify",
]
