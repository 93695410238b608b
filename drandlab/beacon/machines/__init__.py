"""The machines of a node's beacon: signing, checking, fetching, serving and mending its chain."""
