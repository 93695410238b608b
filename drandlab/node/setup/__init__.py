"""The set-up phase: how nodes that share a secret become one group, led by a coordinator."""
