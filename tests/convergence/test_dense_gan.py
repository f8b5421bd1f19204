from __future__ import annotations

from tests.convergence.corrected import Corrected


class TestDenseGan(Corrected):
    program = "dense_gan"
