"""Features of digit images: the last hidden layer of a small classifier of our own.

Distances between images mean something in the features of a network that knows such images.  The
usual one (Inception, Heusel et al. 2017) is large and knows photographs; here a small one is trained
on digits that no GAN under test trains on.  It is trained in a process of its own, on TensorFlow and
the CPU with deterministic kernels, whatever backend the program under test uses, and kept in the
cache under a digest of its images and of everything that shapes it.  Features are scaled so that
their total variance over these images is ``TOTAL_VARIANCE``: distances of separately trained networks
then compare.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.data import cache_folder, write_atomically

Images = npt.NDArray[np.float32]  # (n, 28, 28), values 0 to 1
Labels = npt.NDArray[np.integer]

UNITS = 64
TOTAL_VARIANCE = 160.0
_VERSION = 2  # counts changes of this file and of its training that change the features


@dataclass(frozen=True)
class FeatureNetwork:
    """Weights of the trained network; calling it gives features, ``labels`` the recognised digits.

    Layers: convolution 5x5, 16 maps, stride 2, ReLU; convolution 3x3, 32 maps, stride 2, ReLU; dense, 64
    units, ReLU (the features); dense, 10 units.  The forward pass is plain NumPy, so that every
    backend measures with exactly the same numbers.
    """

    weights: tuple[npt.NDArray[np.float32], ...]
    accuracy: float  # share of held-out digits that it recognises; its training never saw them
    held_out: int  # how many these were

    def __call__(self, images: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
        """Features (n, 64) of images (n, 28, 28) with values 0 to 1.

        Raises ValueError for another shape, no images, or values outside 0 to 1.
        """
        pictures = checked_images(images)
        blocks = [self._hidden(pictures[start : start + 500]) for start in range(0, len(pictures), 500)]
        return np.concatenate(blocks)

    def labels(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.int64]:
        """The digits (n,) that the network reads from features (n, 64)."""
        return np.asarray((features @ self.weights[6] + self.weights[7]).argmax(axis=1), np.int64)

    def _hidden(self, images: Images) -> Images:
        maps = _convolve(images[..., None], *self.weights[:2])
        maps = _convolve(maps, *self.weights[2:4])
        hidden = maps.reshape(len(maps), -1) @ self.weights[4] + self.weights[5]
        return np.asarray(np.maximum(hidden, 0), np.float32)


def checked_images(images: npt.NDArray[np.generic]) -> Images:
    """``images`` as float32, if they are pictures (n, 28, 28) with values 0 to 1; otherwise ValueError."""
    if images.ndim != 3 or images.shape[1:] != (28, 28) or not len(images):
        raise ValueError(f"found images of shape {images.shape}, expected (n, 28, 28) with n at least 1")
    pictures = np.asarray(images, np.float32)
    low, high = float(pictures.min()), float(pictures.max())
    if not (low >= -1e-3 and high <= 1 + 1e-3):  # so written, NaN fails too
        raise ValueError(f"found values from {low:g} to {high:g}, expected 0 to 1")
    return pictures


def feature_network(
    images: Images, labels: Labels, held_out_images: Images, held_out_labels: Labels
) -> FeatureNetwork:
    """The network trained on ``images`` and ``labels``, from the cache or trained now (about 15 s).

    Its accuracy is measured on the held-out images.  Raises RuntimeError where training fails.
    """
    path = cache_folder() / f"features-{_digest(images, labels)}.npz"
    if not path.is_file():
        write_atomically(path, lambda file: file.write(_train(images, labels)))
    with np.load(path, allow_pickle=False) as archive:
        weights = tuple(archive[f"w{index}"] for index in range(8))
    network = FeatureNetwork(weights, 0.0, 0)
    right = network.labels(network(held_out_images)) == held_out_labels
    return FeatureNetwork(weights, float(right.mean()), len(right))


def _convolve(
    maps: npt.NDArray[np.float32], kernel: npt.NDArray[np.float32], bias: npt.NDArray[np.float32]
) -> Images:
    """Valid convolution with stride 2 and ReLU: (n, h, w, c) with a kernel (k, k, c, m)."""
    size = kernel.shape[0]
    windows = np.lib.stride_tricks.sliding_window_view(maps, (size, size), axis=(1, 2))[:, ::2, ::2]
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(*windows.shape[:3], -1)
    return np.asarray(np.maximum(columns @ kernel.reshape(-1, kernel.shape[-1]) + bias, 0), np.float32)


def _digest(images: Images, labels: Labels) -> str:
    shaping = [_VERSION, *(metadata.version(name) for name in ("keras", "tensorflow", "numpy"))]
    digest = hashlib.sha256(json.dumps(shaping).encode())
    digest.update(np.ascontiguousarray(images, np.float32).tobytes())
    digest.update(np.asarray(labels, np.int64).tobytes())
    return digest.hexdigest()[:20]


def _train(images: Images, labels: Labels) -> bytes:
    """The trained weights as an ``.npz`` file, from a process that does nothing else."""
    environment = {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "CUDA_VISIBLE_DEVICES": "-1",  # the same features with and without a GPU
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")])
        ),
    }
    done = subprocess.run(
        [sys.executable, "-m", "harness.measure.train_features"],
        input=_packed(images, labels),
        capture_output=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise RuntimeError(
            f"the feature network could not be trained (exit status {done.returncode}): {lines[-1]}"
        )
    return done.stdout


def _packed(images: Images, labels: Labels) -> bytes:
    import io

    file = io.BytesIO()
    np.savez(file, images=np.asarray(images, np.float32), labels=np.asarray(labels, np.int64))
    return file.getvalue()
