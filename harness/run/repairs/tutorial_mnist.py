"""Gives a program of TensorFlow 1 the MNIST of its tutorials, which went with ``tensorflow.examples``."""

from __future__ import annotations

import ast

from harness.knowledge.changes import changes
from harness.run.repairs import FaultContext, Proposal
from harness.run.repairs._source import tree

_MODULE = "tensorflow.examples.tutorials.mnist"
_NAMES = {"input_data": "tutorial", "read_data_sets": "tutorial.read_data_sets"}

# What the documentation of TensorFlow 1 says of it: 55,000, 5,000 and 10,000 rows of 784 numbers from 0 to 1.
_STAND_IN = """
def tutorial():
    import types
    import numpy
    from keras.datasets import mnist

    class DataSet:
        epochs_completed = 0

        def __init__(self, images, labels):
            self.images, self.labels, self.num_examples, self._order = images, labels, len(images), []

        def next_batch(self, batch_size, fake_data=False, shuffle=True):
            if len(self._order) < batch_size:
                rows = numpy.arange(self.num_examples)
                self._order = list(numpy.random.permutation(rows) if shuffle else rows)
            taken, self._order = self._order[:batch_size], self._order[batch_size:]
            return self.images[taken], self.labels[taken]

    def read_data_sets(train_dir=None, fake_data=False, one_hot=False, dtype=None, reshape=True,
                       validation_size=5000, seed=None, source_url=None):
        def prepared(images, labels):
            images = (images / 255).astype("float32")
            images = images.reshape(len(images), 784) if reshape else images[..., None]
            return images, numpy.eye(10)[labels] if one_hot else labels

        (x, y), test = mnist.load_data()
        x, y = prepared(x, y)
        n = validation_size
        return types.SimpleNamespace(
            train=DataSet(x[n:], y[n:]), validation=DataSet(x[:n], y[:n]), test=DataSet(*prepared(*test))
        )

    return types.SimpleNamespace(read_data_sets=read_data_sets)
tutorial = tutorial()
"""


def repair(context: FaultContext) -> Proposal | None:
    statement = tree(context)
    if not isinstance(context.error, ImportError) or not isinstance(statement, ast.ImportFrom):
        return None
    module = (statement.module or "").removesuffix(".input_data")
    change = changes().module(_MODULE)
    if module != _MODULE or change is None or any(alias.name not in _NAMES for alias in statement.names):
        return None
    bound = [f"{alias.asname or alias.name} = {_NAMES[alias.name]}" for alias in statement.names]
    return Proposal(
        rule="removed-module",
        statement=f"if True: {'; '.join([*bound, 'del tutorial'])}",
        bind=_STAND_IN,
        before=context.source,
        after="",
        evidence={
            "old": change.old,
            "replacement": change.new,
            "removed_in": change.removed,
            "remark": change.remark,
        },
    )
