"""The grid pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.measure.grid import write_grid


def test_a_grid_is_a_png_with_the_images_in_reading_order(tmp_path: Path) -> None:
    from matplotlib import image

    pictures = np.linspace(0, 1, 5)[:, None, None] * np.ones((5, 4, 3))
    write_grid(tmp_path / "grid.png", pictures, columns=3)
    shown = image.imread(tmp_path / "grid.png")
    assert shown.shape == (8, 9)
    tops = shown[::4, ::3]
    assert np.allclose(tops, [[0, 0.25, 0.5], [0.75, 1, 0]], atol=1 / 255)
    assert (shown[:4, 3:6] == shown[0, 3]).all()
