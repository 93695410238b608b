"""The bridge in the simulated world: collators hear pulses by gossip, take turns as authors, and finalise blocks."""
