"""How well a generator/discriminator pair is built and trains.

Importing this package imports no framework; the modules ``pair``, ``structure``, ``gradients`` and ``steps``
import Keras with the backend of the process.
"""
