from __future__ import annotations

from tests.convergence.corrected import Corrected


class TestDeconvGan(Corrected):
    program = "deconv_gan"
