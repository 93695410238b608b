"""Attacks on the money of subscriptions: credits, fees, deposits and holds that are not what they should be."""
