"""The checkers of what may neither appear nor vanish: the tokens of every chain, the credits of every subscription.

Beside them that of deliveries, which are for those who have asked for them and when they have.
"""
