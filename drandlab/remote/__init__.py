"""Floor 5: the real world.

Asking: `client`, `async_client` (HTTP, several relays), `grpc_client` (a daemon), `download` (ranges into files).
Answering: `http_relay` and `grpc_server` over a `live_chain`, `serving` (the web server).
Keeping: `chain_store` (a chain that survives its process), `node_folder` (a node's files in the daemon's layout),
`files` and `tables` (beacons in files of many kinds). Known: `networks` (the real ones), `shipped` (what comes along).
"""
