"""Floor 6: a live network kept on disk, which continues after a restart.

>>> from tempfile import TemporaryDirectory
>>> import drandlab as dl
>>> with TemporaryDirectory() as folder:
...     with dl.served.open(folder, nodes=3, period=3, seed="lesson", backend="glass", now=1_800_000_000) as served:
...         chain_hash = served.info.chain_hash
...         first = served.run(until=1_800_000_010).store.last().round
...     with dl.served.open(folder, backend="glass", now=1_800_000_010) as served:
...         assert served.info.chain_hash == chain_hash and not served.is_new and not served.troubles.sentences
...         first, served.run(until=1_800_000_040).store.last().round
(4, 14)
"""

from drandlab.served.served_network import ServedNetwork, open

__all__ = ["ServedNetwork", "open"]
