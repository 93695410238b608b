"""The fuzz: networks and events drawn from seeds, and the shortest scenario that still fails."""
