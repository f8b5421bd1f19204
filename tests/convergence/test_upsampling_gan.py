from __future__ import annotations

from tests.convergence.corrected import Corrected


class TestUpsamplingGan(Corrected):
    program = "upsampling_gan"
