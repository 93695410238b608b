"""Floor 5: the real world: shipped networks, the HTTP client, downloads."""
