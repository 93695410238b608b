"""Attacks on what a bridge takes on chain, and faults that stop it: late, missing, double and chosen pulses."""
