"""The runtime of the bridge: blocks, dispatch of calls with weights and events, and the pool of transactions."""
