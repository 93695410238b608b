"""Nodes that break the protocol: `keygen` in a DKG or resharing, `running` in a running network.

Each of the two modules has a ``CATALOGUE`` of `catalogue.Misbehaviour`s by name and ``parse``, which reads a text such
as ``flood:2``: one entry of the catalogue at one node.
"""
