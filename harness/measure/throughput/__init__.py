"""How fast a program trains: against its article's own way, a step fused by hand, and the device.

``conductor`` drives confined worker processes, one active at a time; the other modules either run in
such a worker and import the backend's framework (``worker``, ``subjects``, ``reference``, ``limits``,
``device``), or import none (``gate``, ``plan``, ``machine``, ``numbers``, ``compare``).
"""
