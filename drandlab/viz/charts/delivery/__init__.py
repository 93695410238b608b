"""Charts of subscriptions and their deliveries: prices, deposits, credits, the bytes of a message, costs of a pulse."""
