"""Floor 5: the simulated world, in virtual time; the journal is its only witness.

===================  ================================================================================
module               what
===================  ================================================================================
`network`            a whole network: set-up, key, beacons, faults, resharing (`drandlab.Network`)
`world`, `links`     virtual time, and what carries messages: latency, loss, bandwidth, partitions
`host`, `disk`       where a node runs: its clock, its signer, what it has after a crash
`misbehaviour`       nodes that break the protocol, in a DKG or while they run
`scenario`           a network with its events, from a TOML file; `events`: what may happen
`journal`            every event of a run, and the digest that equal runs share
`checkers`           what must hold in every run, judged by the journal alone
`summary`            what a run came to: participation, latencies, halts
`timeline`           the journal as views need it: who is up, what is in flight, one round's story
`fuzz`               networks and faults drawn from seeds, and the shortest schedule that still fails
`live`               the same simulation, paced by the wall clock
`key_generation`     a DKG or a resharing alone, without links and time; `replay`, `belief`, `checks`: what each
                     node believed in it, and the check behind every share
===================  ================================================================================
"""
