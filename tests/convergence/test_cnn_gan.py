from __future__ import annotations

from tests.convergence.corrected import Corrected


class TestCnnGan(Corrected):
    program = "cnn_gan"
