"""What a router remembers for a while: messages that came, messages to be asked for, back-offs."""
