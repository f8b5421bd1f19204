from __future__ import annotations

from tests.convergence.corrected import Corrected


class TestLeakyGan(Corrected):
    program = "leaky_gan"
