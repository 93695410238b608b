"""Charts about files that open at a round: their vaults in a run, their bytes, the messages of the encryption."""
