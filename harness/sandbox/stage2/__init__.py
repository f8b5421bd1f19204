"""The part that runs between the sandbox's walls and the untrusted command.

It is started with ``python -I -S`` from a folder that holds only this package, so it imports the
standard library and itself, nothing else of the project.
"""
