"""Attacks on the records of subscriptions: their number, their ids, their weight, and who may read them."""
