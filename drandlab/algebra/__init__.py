"""Floor 0: prime fields, polynomials, Lagrange coefficients, Shamir sharing, and sympy views of the same objects."""
