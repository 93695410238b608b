"""How a chain file writes calls and their arguments, and how results write values."""
