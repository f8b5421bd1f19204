"""Errata verifies machine-learning tutorials: it runs their code as printed and says what is wrong."""
