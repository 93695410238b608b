"""Draws from the randomness of a beacon: dice, shuffles, committees and choices that are fair and that all can repeat.

>>> import drandlab as dl
>>> beacon = dl.beacons("quicknet")[0]
>>> randomness = dl.verify(beacon, dl.networks["quicknet"])
>>> dl.analysis.draw.dice(randomness, "game 12", 5)
[5, 4, 3, 4, 1]
>>> dl.analysis.draw.committee(randomness, "jury of 2026", ["Ada", "Bo", "Cy", "Di", "Eve"], 2)
['Cy', 'Di']
"""

from drandlab.analysis.draw.fair_draws import below, choice, committee, dice, shuffle

__all__ = ["below", "choice", "committee", "dice", "shuffle"]
