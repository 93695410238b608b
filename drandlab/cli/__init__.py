"""Floor 7: the drandlab command."""
