"""Trains the feature network: ``python -m harness.measure.train_features < images.npz > weights.npz``.

A process of its own, because deterministic kernels are chosen for a whole process.
"""

from __future__ import annotations

import io
import sys

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from scipy import ndimage

from harness.measure.features import TOTAL_VARIANCE, UNITS, FeatureNetwork

_VARIANTS = 12  # how often each image is shown anew, moved, turned and stretched a little
_EPOCHS = 4
_SEED = 20


def main() -> None:
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    keras.utils.set_random_seed(_SEED)
    tf.config.experimental.enable_op_determinism()
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(UNITS, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    rows = len(images) * _VARIANTS
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, _EPOCHS * -(-rows // 64))
    model.compile(keras.optimizers.Adam(schedule), loss)
    rng = np.random.default_rng(_SEED)
    shown = np.concatenate([np.stack([_varied(image, rng) for image in images]) for _ in range(_VARIANTS)])
    model.fit(shown[..., None], np.tile(labels, _VARIANTS), batch_size=64, epochs=_EPOCHS, verbose=0)
    file = io.BytesIO()
    arrays = {f"w{index}": weight for index, weight in enumerate(_scaled(model, images))}
    np.savez(file, **arrays)  # type: ignore[arg-type]
    sys.stdout.buffer.write(file.getvalue())


def _scaled(model: keras.Model, images: npt.NDArray[np.float32]) -> list[npt.NDArray[np.float32]]:
    """The weights, changed so that the hidden units have the agreed variance and the output is as before."""
    weights: list[npt.NDArray[np.float32]] = model.get_weights()
    network = FeatureNetwork(tuple(weights), 0.0, 0)
    scale = np.float32(np.sqrt(TOTAL_VARIANCE / network(images).var(axis=0).sum()))
    weights[4], weights[5], weights[6] = weights[4] * scale, weights[5] * scale, weights[6] / scale
    return weights


def _varied(image: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """The image, turned by up to 12 degrees, stretched and sheared by up to 10 %, moved by up to 2 pixels."""
    angle = np.deg2rad(rng.uniform(-12, 12))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ (np.eye(2) + rng.uniform(-0.1, 0.1, (2, 2)))
    centre = np.array([13.5, 13.5])
    offset = centre - matrix @ centre + rng.uniform(-2, 2, 2)
    return np.asarray(ndimage.affine_transform(image, matrix, offset, order=1), np.float32)


if __name__ == "__main__":
    main()
