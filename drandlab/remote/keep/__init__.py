"""On a disk: chains that survive a crash, a node's folder, the working file of a download."""
