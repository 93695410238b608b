"""Floor 5: the real world.

``ask``: clients of relays (`client`, `async_client`) and of a node (`grpc_client`), and downloads of ranges.
``answer``: an HTTP relay (`http_relay`, run by `web_server`) and a `grpc_server`, both over a `live_chain`.
``keep``: on a disk, a chain (`chain_store`) and a node's files in the daemon's layout (`node_folder`).
``tables``: beacons in files of many kinds. `networks` has the real networks, `shipped` finds the data that ships.
"""
