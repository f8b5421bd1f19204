"""How far generated images are from real ones, in a feature space. NumPy arrays in, numbers out.

All functions take features of shape (n, d), one row per image.  None of these numbers is enough alone:
the mean image has precision 1, and a generator that shows each digit once has a full mode histogram.
Coverage and a distance together are sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg
from sklearn.neighbors import NearestNeighbors

Floats = npt.NDArray[np.floating]

NEIGHBOURS = 5  # as Naeem et al. recommend: coverage of a perfect generator is then about .97


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error."""

    value: float
    error: float


@dataclass(frozen=True)
class Neighbourhood:
    """How generated images lie among the neighbourhoods of real ones."""

    density: float  # 1 for a perfect generator; may exceed 1
    coverage: float  # 0 to 1
    precision: float  # 0 to 1


def frechet(generated: Floats, real: Floats) -> float:
    """Squared Fréchet distance between the Gaussians with the samples' means and covariances.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), Heusel et al. 2017, "GANs trained by a two time-scale
    update rule converge to a local Nash equilibrium", eq. 6.  tr (C1 C2)^(1/2) is taken as the sum of the
    square roots of the eigenvalues of R C2 R with R = C1^(1/2), which is symmetric and stays real
    where a covariance is singular.  Biased upwards by about d (d+1) / n for small samples.

    Raises ValueError for fewer than two rows, rows of unequal length, or numbers that are not finite.
    """
    generated, real = _checked(generated, real, least=2)
    gap = generated.mean(axis=0) - real.mean(axis=0)
    first, second = _covariance(generated), _covariance(real)
    values, vectors = linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    cross = np.sqrt(linalg.eigvalsh(root @ second @ root).clip(min=0)).sum()
    return max(0.0, float(gap @ gap + np.trace(first) + np.trace(second) - 2 * cross))


def kernel_distance(generated: Floats, real: Floats) -> Estimate:
    """Unbiased squared maximum mean discrepancy with the kernel (x.y / d + 1)^3, with its standard error.

    The U-statistic of Gretton et al. 2012, "A kernel two-sample test", eq. 4, with the kernel of
    Binkowski et al. 2018, "Demystifying MMD GANs", sec. 3 (the "kernel inception distance").  May be
    negative.  The standard error is that of the jackknife (Efron and Stein 1981); close to a distance
    of zero it errs on the large side.  Where one sample is longer, its surplus is left out.
    """
    generated, real = _checked(generated, real, least=3)
    n = min(len(generated), len(real))
    x, y = generated[:n], real[:n]
    cross = _polynomial(x, y)
    h = _polynomial(x, x) + _polynomial(y, y) - cross - cross.T
    np.fill_diagonal(h, 0)
    rows = h.sum(axis=1)
    total = rows.sum()
    without_one = (total - 2 * rows) / ((n - 1) * (n - 2))
    variance = (n - 1) / n * ((without_one - without_one.mean()) ** 2).sum()
    return Estimate(float(total / (n * (n - 1))), float(np.sqrt(variance)))


def neighbourhood(generated: Floats, real: Floats, k: int = NEIGHBOURS) -> Neighbourhood:
    """Density, coverage and precision with balls around each real image up to its k-th real neighbour.

    density = 1/(k m) sum over generated j of the number of real balls that hold j; coverage = share of
    real balls that hold some generated image (Naeem et al. 2020, "Reliable fidelity and diversity
    metrics for generative models", eq. 3 and 4); precision = share of generated images in some ball
    (Kynkaanniemi et al. 2019, "Improved precision and recall metric", eq. 2).
    """
    generated, real = _checked(generated, real, least=1)
    if len(real) <= k:
        raise ValueError(f"found {len(real)} real rows, expected more than the {k} neighbours asked for")
    # The nearest of k + 1 is the image itself.
    radii = NearestNeighbors(n_neighbors=k + 1).fit(real).kneighbors(real)[0][:, -1]
    squared = (
        (generated**2).sum(axis=1)[:, None] + (real**2).sum(axis=1)[None, :] - 2 * generated @ real.T
    ).clip(min=0)
    inside = squared <= radii[None, :] ** 2
    return Neighbourhood(
        density=float(inside.sum() / (k * len(generated))),
        coverage=float(inside.any(axis=0).mean()),
        precision=float(inside.any(axis=1).mean()),
    )


def expected_coverage(n: int, m: int, k: int = NEIGHBOURS) -> float:
    """Coverage that m images of the same distribution as the n real ones have on average.

    A ball holds none of the m exactly if the k nearest among the n - 1 + m others are all real:
    1 - (n-1)...(n-k) / ((n+m-1)...(n+m-k)); Naeem et al. 2020, appendix.
    """
    steps = np.arange(1, k + 1)
    return float(1 - np.prod((n - steps) / (n + m - steps)))


def mode_histogram(labels: npt.NDArray[np.integer], modes: int = 10) -> tuple[int, ...]:
    """How many images were recognised as each mode (for MNIST: each digit).

    The mode count of Metz et al. 2017, "Unrolled GANs", sec. 3.3.2: says which digits there are, not
    how good they are (a classifier assigns a digit to noise, too).
    """
    return tuple(int(count) for count in np.bincount(labels, minlength=modes))


def memorised_share(generated: Floats, training: Floats, held_out: Floats, quantile: float = 0.01) -> float:
    """Share of generated images closer to a training image than nearly all unseen real images are.

    The threshold is the ``quantile`` of the distances of held-out real images to their nearest training
    image: a generator that copies nothing stays near ``quantile``, one that replays its training
    images gets 1.  After Meehan et al. 2020, "A non-parametric test to detect data-copying in
    generative models", with one quantile instead of the whole ranking.  Rows are pixels or features.
    """
    generated, training = _checked(generated, training, least=1)
    held_out, _ = _checked(held_out, training, least=1)
    nearest = NearestNeighbors(n_neighbors=1).fit(training)
    threshold = np.quantile(nearest.kneighbors(held_out)[0], quantile)
    return float((nearest.kneighbors(generated)[0] <= threshold).mean())


def _covariance(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=0)
    return np.asarray(centred.T @ centred / (len(rows) - 1), np.float64)


def _polynomial(x: Floats, y: Floats) -> Floats:
    return np.asarray((x @ y.T / x.shape[1] + 1) ** 3, np.float64)


def _checked(first: Floats, second: Floats, least: int) -> tuple[Floats, Floats]:
    pair = (np.asarray(first, np.float64), np.asarray(second, np.float64))
    for rows in pair:
        if rows.ndim != 2 or len(rows) < least:
            raise ValueError(f"found features of shape {rows.shape}, expected (n, d) with n at least {least}")
        if not np.isfinite(rows).all():
            raise ValueError("found features that are not finite, expected finite numbers only")
    if pair[0].shape[1] != pair[1].shape[1]:
        raise ValueError(
            f"found {pair[0].shape[1]} and {pair[1].shape[1]} features, expected as many on both sides"
        )
    return pair
