"""The pallets of the bridge's runtime, one module each."""
