"""Attacks on deliveries, and faults that cost a customer: prices, channels, funds there, origins, forged pulses."""
