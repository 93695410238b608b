"""Floor 5: the simulated world: journals, misbehaviour, whole runs in one process."""
