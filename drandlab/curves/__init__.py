"""Floor 1: the pairing curves behind one door, with interchangeable backends."""
