"""What is known of the libraries that tutorials use, as data: names, removals, packages.

Shared by the repairs of a run and by the rules; imports no framework.
"""
