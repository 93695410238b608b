"""Floor 4: one drand node, as machines without input and output.

`node` is the part that talks: it routes messages to the set-up (the folder `setup`), to the key generation
(`generation`) and to the beacon machines of floor 3. `signer` is the part with the secrets, behind a narrow interface,
so that it can live on another machine. `messages` are what nodes send each other, `effects` what a node wants done,
`reports` what it tells its host.
"""
