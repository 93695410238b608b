"""A split node: its signer flies, the part that talks stays on the ground as its proxy, a thin link joins the two."""
