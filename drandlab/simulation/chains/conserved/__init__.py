"""The checkers of what may neither appear nor vanish: the tokens of every chain, the credits of every subscription."""
