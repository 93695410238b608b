"""The beacon pallet, which takes pulses on chain: the running pair of the first design, or ranges as today.

`rand_beacon` makes the pallet of a mode:

| | ``accumulate`` | ``range``, carried by inherents | ``range`` |
| --- | --- | --- | --- |
| who submits | the author, as an inherent | the author, as an inherent | a node, the author signs it |
| what is stored | the sums of everything since genesis | the newest sum | the newest sum |
| a round is missing | the chain waits for it for ever | it is left out | it is left out |
| one round alone | accepted | refused | accepted |
| the key | set once, with the genesis round | set once, with the genesis round | may be set again |
"""

from drandlab.idn.rand_beacon.accumulate_mode import AccumulateBeacon
from drandlab.idn.rand_beacon.beacon_parts import MODES, AcceptedPulse, BeaconPallet, Dispatcher, RunningPair
from drandlab.idn.rand_beacon.choosing import rand_beacon
from drandlab.idn.rand_beacon.inherent_mode import InherentRangeBeacon
from drandlab.idn.rand_beacon.observed_pulses import INHERENT, decode_observed, encode_observed
from drandlab.idn.rand_beacon.range_mode import RangeBeacon

__all__ = [
    "INHERENT",
    "MODES",
    "AcceptedPulse",
    "AccumulateBeacon",
    "BeaconPallet",
    "Dispatcher",
    "InherentRangeBeacon",
    "RangeBeacon",
    "RunningPair",
    "decode_observed",
    "encode_observed",
    "rand_beacon",
]
