"""Charts of the bridge: sums of points, the delay to a block, sizes of proofs, choices of an author, full blocks."""
