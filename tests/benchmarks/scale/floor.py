"""The articles' own work, in one process: nothing watched, mended, judged or started anew.

Run as a program: ``floor.py UPDATES MNIST ARTICLE...``.  What raises is passed over; a statement is left
after as many training updates as a review watches.
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
from code import InteractiveInterpreter
from pathlib import Path

#: Answers what articles load, for programs that run without Errata; MNIST is an archive's path, IMAGES the
#: number of images of each part, or None for all.
DATA = """
import importlib
def load_data(path=None):
    import numpy
    with numpy.load(MNIST) as all_:
        few = {key: all_[key][:IMAGES] for key in all_.files}
    return (few["x_train"], few["y_train"]), (few["x_test"], few["y_test"])
for name in ("keras.datasets.mnist", "keras.src.datasets.mnist", "keras._tf_keras.keras.datasets.mnist"):
    importlib.import_module(name).load_data = load_data
"""


#: No more images than a review puts into one batch: one article feeds all of them at once after a statement
#: that raises, which would take more memory than most machines have.
_IMAGES = 1000


class _Spent(BaseException):
    """Enough updates; no ``except Exception`` of an article catches it."""


def main(updates: int, mnist: str, articles: list[Path]) -> None:
    """Execute the statements of all articles, one after the other."""
    import keras
    import tensorflow

    InteractiveInterpreter({"MNIST": mnist, "IMAGES": _IMAGES}).runsource(DATA, symbol="exec")
    left = 0

    class Counting(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: object = None) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise _Spent

    plain_fit, plain_batch = keras.Model.fit, keras.Model.train_on_batch

    def fit(model: object, *rest: object, callbacks: tuple[object, ...] = (), **named: object) -> object:
        return plain_fit(model, *rest, callbacks=[*(callbacks or ()), Counting()], **named)

    def train_on_batch(model: object, *rest: object, **named: object) -> object:
        nonlocal left
        if left <= 0:
            raise _Spent
        left -= 1
        return plain_batch(model, *rest, **named)

    keras.Model.fit, keras.Model.train_on_batch = fit, train_on_batch
    assert tensorflow.keras.Model.fit is fit, "the two names of Keras are two packages"
    for path in articles:
        from harness.listing import read_article, read_listing

        listing = read_listing(read_article(path))
        interpreter = InteractiveInterpreter({"__name__": "__main__"})
        for statement in ast.parse(listing.text).body:
            left = updates
            with contextlib.suppress(_Spent), contextlib.redirect_stderr(io.StringIO()):
                code = compile(ast.Module([statement], []), str(path), "exec")
                interpreter.runcode(code)
        keras.backend.clear_session()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], [Path(name) for name in sys.argv[3:]])
