"""Checkers: what must hold in every run, judged from the journal alone."""
