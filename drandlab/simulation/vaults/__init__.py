"""Files that are encrypted to rounds of a simulated network, and what its journal says of them: shut, due, open."""
