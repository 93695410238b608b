"""Floor 6: a live network kept on disk, which goes on after a restart."""
