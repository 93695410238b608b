"""Floor 2: signature schemes, BLS, threshold BLS and batch verification."""
