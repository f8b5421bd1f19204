"""What a review computes does not depend on the number of processors."""

from __future__ import annotations

import hashlib

from harness.model import Article, Budget, Fault, Limits, Listing
from harness.run.parent import Job, run
from harness.sandbox import choose

# The machine may be busy, and time is not what this test is about.
_JOB = Job(budget=Budget(Limits(wall_seconds=600, cpu_seconds=600)))

_SUMS = """
import hashlib
import numpy as np
import tensorflow as tf
{threads}
images = tf.constant(np.random.default_rng(0).normal(size=(64, 28, 28, 32)).astype("float32"))
matrix = tf.constant(np.random.default_rng(1).normal(size=(700, 900)).astype("float32"))
of_bias = tf.raw_ops.BiasAddGrad(out_backprop=images)
of_filter = tf.raw_ops.Conv2DBackpropFilter(
    input=images, filter_sizes=(5, 5, 32, 32), out_backprop=images, strides=[1, 1, 1, 1], padding="SAME"
)
product = tf.matmul(matrix[:100], matrix, transpose_b=True)
print(hashlib.sha256(b"".join(one.numpy().tobytes() for one in (of_bias, of_filter, product))).hexdigest())
"""


def sums(threads: str) -> str:
    """The digest that the program prints."""
    text = _SUMS.format(threads=threads)
    article = Article("script.py", hashlib.sha256(text.encode()).hexdigest(), text, "script")
    found = run(Listing(article, (), text), _JOB, choose())
    assert found.completed, (found.reason, found.outcome.stderr.decode()[-2000:])
    assert not [event for event in found.events if isinstance(event, Fault)]
    return found.outcome.stdout.decode().split()[-1]


def test_sums_are_those_of_one_thread() -> None:
    one = sums("tf.config.threading.set_intra_op_parallelism_threads(1)")
    several = sums("tf.config.threading.set_intra_op_parallelism_threads(8)")
    assert several != one, "the number of threads does not show: this test could not fail"
    assert sums("") == one
