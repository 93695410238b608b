"""Attacks on the use of randomness: public rounds, results that can be withheld or undone, numbers with a bias."""
