"""Errata verifies machine-learning tutorials: it runs their code as printed and says what is wrong."""

#: Here and not asked of the installed package's metadata, which takes longer than to answer from the cache.
__version__ = "0.1.0"
