"""How good generated digits are, measured against real ones that no GAN has seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.data import embedded_mnist
from harness.data.embedded import FEATURES
from harness.measure.distances import frechet, kernel_distance, memorised_share, mode_histogram, neighbourhood
from harness.measure.features import FeatureNetwork, Images, checked_images, feature_network


@dataclass(frozen=True)
class Score:
    """Measures of one set of generated images; ``distances.py`` says what each means."""

    images: int
    frechet: float
    kernel: float
    kernel_error: float
    density: float
    coverage: float
    precision: float
    digits: tuple[int, ...]  # how many were recognised as 0, 1, ... 9
    memorised: float


@dataclass(frozen=True)
class Yardstick:
    """What generated images are held against."""

    network: FeatureNetwork
    reference: npt.NDArray[np.float32]  # features of the reference images
    reference_images: Images
    training_images: Images  # what the GAN trains on

    def score(self, images: npt.NDArray[np.generic]) -> Score:
        """The score of images (n, 28, 28) with values 0 to 1. Raises ValueError for anything else."""
        pictures = checked_images(images)
        features = self.network(pictures)
        kernel, near = kernel_distance(features, self.reference), neighbourhood(features, self.reference)
        return Score(
            images=len(pictures),
            frechet=frechet(features, self.reference),
            kernel=kernel.value,
            kernel_error=kernel.error,
            density=near.density,
            coverage=near.coverage,
            precision=near.precision,
            digits=mode_histogram(self.network.labels(features)),
            memorised=memorised_share(
                _rows(pictures), _rows(self.training_images), _rows(self.reference_images)
            ),
        )


def embedded_yardstick(path: Path | None = None) -> Yardstick:
    """The yardstick of the embedded images: features and reference from the 2,000 held-out ones.

    ``path`` is an archive with the same layout, by default that of ``harness.data.embedded_mnist``.
    """
    with np.load(path or embedded_mnist(), allow_pickle=False) as archive:
        training, held_out = (
            np.asarray(archive[name] / np.float32(255), np.float32) for name in ("x_train", "x_test")
        )
        labels = archive["y_test"]
    seen, unseen = slice(None, FEATURES), slice(FEATURES, None)
    network = feature_network(held_out[seen], labels[seen], held_out[unseen], labels[unseen])
    return Yardstick(network, network(held_out[unseen]), held_out[unseen], training)


def _rows(images: Images) -> Images:
    return images.reshape(len(images), -1)
