"""Floor 5: the simulated world, in virtual time; all that is said of a run is read from its journal.

=================  ==================================================================================
module or folder   what
=================  ==================================================================================
`network`          a whole network: set-up, key, beacons, faults, resharing (`drandlab.Network`)
`interventions`    what can be done to it while it runs; `resharing`: the terms of a resharing
`fleet`            the nodes of a network that fly; `setup_progress`: whether a set-up goes on
`composing`        a satellite that signs its rounds with a key of its own: the composed chain
`world/`           virtual time, and links that carry messages: latency, loss, bandwidth, partitions
`hosts/`           what runs where: clock, timers, disk, crash and restart; the driver of a drand node
`misbehaviour/`    nodes that break the protocol, in a DKG or while they run
`keygen/`          a DKG or a resharing alone; what each node believed in any DKG, from any journal
`scenario/`        a network with its events, from a TOML file
`fuzz/`            scenarios drawn from seeds, and the shortest one that still breaks a rule
`entries`          the reference of the journal: every kind of entry (those of satellites: `orbit_entries`);
                   `journal`: their list, its digest
`reading/`         readers of a journal: facts, timeline, summary, causal order
`checkers/`        what must hold in every run, judged by the journal alone
`live`             the same simulation, paced by the wall clock; `rewind`: other pasts of a run
`chance`           the sources of randomness, all from one seed
=================  ==================================================================================
"""
