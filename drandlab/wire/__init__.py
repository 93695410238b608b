"""Floor 2: the protobuf messages of drand and of gossip, with the names and field numbers of production.

========================  =========  ==================================================================
file                      package    what
========================  =========  ==================================================================
``common.proto``          drand      metadata, identities, nodes, groups, chain infos, status
``public.proto``          drand      the service that anybody may ask; the gossiped beacon
``protocol.proto``        drand      between nodes: partial beacons, synchronisation
``setup.proto``           drand      v1 only: the coordinator's set-up phase, the wrapped DKG packets
``control.proto``         drand      from a node's owner; the metrics
``dkg.proto``             dkg        deals, responses, justifications (v1 and v2)
``dkg_control.proto``     dkg        v2 only: commands and gossiped proposals
``v1.proto``              drand.v1   v1's forms of messages that v2 changed under the same name
``pubsub.proto``          (own)      libp2p's frames of gossip between peers
========================  =========  ==================================================================

A message stands in the package that production gave it, v1 and v2 together, as most did not change between them.
``drand.DKGPacket`` (v1, with metadata) and ``dkg.DKGPacket`` (v2, without) have been apart all along. Seven messages
got other fields under the old name; the package ``drand`` holds v2's, and v1's are in ``drand.v1``.

The Python modules (``dkg_pb2`` and so on) are written by ``make proto``. `drandlab.wire.envelope` parses what comes
from outside. Conversions to the lab's own types stand above: ``drandlab.dkg.codec``, ``drandlab.beacon.forms.packets``.
"""
