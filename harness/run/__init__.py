"""Listing to trace: the confined worker, and the parent that starts it and trusts none of it."""
