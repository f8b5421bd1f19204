"""Odd and hostile programs do not break the reviewer: it says what it saw, not that it failed itself."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.listing import read_listing
from harness.model import Article, Budget, Limits, Severity, Verdict
from harness.pipeline import Options, review_text
from harness.rules import load
from harness.rules._evidence import Evidence
from harness.rules._judge import judge

#: Runs begin in forks of one process that has the frameworks loaded.
WARM = Options(reviews=99)
SHORT = Options(reviews=99, budget=Budget(limits=Limits(wall_seconds=15.0, cpu_seconds=30.0)))

MODEL = """
import numpy as np
import keras
x, y = np.random.normal(size=(32, 4)), np.random.normal(size=(32, 1))
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
"""

ODD = {
    "an attribute for every name": """
        class Anything:
            def __getattr__(self, name):
                return Anything()
            def __call__(self, *args, **kwargs):
                return Anything()
            def __bool__(self):
                raise RuntimeError("neither true nor false")
            def __len__(self):
                return -1
        thing = Anything()
        thing.model.fit(thing.x, thing.y)
        model.fit(x, y, verbose=0)
    """,
    "an object that raises whatever is asked of it": """
        class Prickly:
            def __getattribute__(self, name):
                raise SystemError(name)
        prickly = Prickly()
        held = [prickly, {"model": model, "prickly": prickly}]
        held[1]["model"].fit(x, y, verbose=0)
    """,
    "models in containers and attributes": """
        from collections import namedtuple
        from types import SimpleNamespace
        Pair = namedtuple("Pair", "first second")
        zoo = {"a": [model], "b": Pair(model, None), "c": SimpleNamespace(net=model)}
        zoo["loop"] = zoo
        zoo["c"].net.fit(x, y, verbose=0)
        zoo["b"].first.train_on_batch(x, y)
    """,
    "a method of Keras replaced": """
        original = keras.Model.fit
        def fit(self, *args, **kwargs):
            kwargs["epochs"] = 1
            return original(self, *args, **kwargs)
        keras.Model.fit = fit
        keras.Sequential.compile = lambda self, **kwargs: keras.Model.compile(self, **kwargs)
        model.compile(loss="mse", optimizer="sgd")
        model.fit(x, y, verbose=0)
    """,
    "the program as a string": """
        exec("model.fit(x, y, verbose=0)\\nraise ValueError('from a string')")
        eval("model.predict(x, verbose=0)")
        exec(compile("model.train_on_batch(x, y)", "<made up>", "exec"))
    """,
    "training in threads": """
        import threading
        def work():
            model.predict(x, verbose=0)
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        model.fit(x, y, verbose=0)
        for thread in threads:
            thread.join()
    """,
    "generators as data": """
        def rows():
            while True:
                yield x, y
        class Endless:
            def __iter__(self):
                return rows()
        model.fit(rows(), steps_per_epoch=3, verbose=0)
        model.fit(Endless(), steps_per_epoch=3, verbose=0)
    """,
    "a subclass without build and without a way to describe it": """
        class Bare(keras.Model):
            def call(self, inputs):
                return inputs
            @property
            def layers(self):
                raise TypeError("no layers here")
        bare = Bare()
        bare.compile(loss="mse", optimizer="sgd")
        bare.predict(x, verbose=0)
        class Late(keras.Model):
            def call(self, inputs):
                if not hasattr(self, "inner"):
                    self.inner = keras.layers.Dense(1)
                return self.inner(inputs)
        late = Late()
        late.compile(loss="mse", optimizer="sgd")
        late.fit(x, y, verbose=0)
    """,
    "names that are no use": """
        sorted = print = len = type = isinstance = None
        list = dict
        model.fit(x, y, verbose=0)
    """,
    "shapes and numbers that are none": """
        class Odd(np.ndarray):
            @property
            def shape(self):
                raise ValueError("no shape")
        odd = np.zeros((32, 4)).view(Odd)
        model.predict(np.array([["a"]], dtype=object))
        model.fit(np.zeros((0, 4)), np.zeros((0, 1)), verbose=0)
        model.fit(odd, y, verbose=0)
        model.fit(x * float("nan"), y * float("inf"), verbose=0)
    """,
    "weights that are deleted while it trains": """
        class Vandal(keras.callbacks.Callback):
            def on_train_batch_end(self, batch, logs=None):
                del self.model.optimizer
        model.fit(x, y, callbacks=[Vandal()], verbose=0)
        del model
        model
    """,
    "a hook for every attribute and every exit": """
        import atexit
        import sys
        sys.setrecursionlimit(200)
        sys.excepthook = lambda *args: None
        atexit.register(lambda: 1 / 0)
        def deep(n):
            return deep(n + 1)
        deep(0)
        model.fit(x, y, verbose=0)
    """,
    "two packages for one thing": """
        import tensorflow as tf
        other = tf.keras.Sequential([tf.keras.layers.Dense(1)])
        other.compile(loss="mse", optimizer=keras.optimizers.SGD())
        other.fit(tf.constant(x), tf.constant(y), verbose=0)
        keras.backend.set_floatx("float64")
        keras.Sequential([model, other]).predict(x, verbose=0)
    """,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_an_odd_program_is_reviewed_to_its_end(name: str) -> None:
    text = MODEL + textwrap.dedent(ODD[name])
    review = review_text(text, "odd.py", WARM, kind="script")
    assert review.verdict in {Verdict.CLEAN, Verdict.FAULTY}, review.reason
    assert review.coverage.executed > 0


ENDLESS = """
count = 0
while True:
    count += 1
print(count)
"""


@pytest.mark.slow
def test_a_loop_without_end_is_left_and_said_so() -> None:
    review = review_text(ENDLESS, "odd.py", SHORT, kind="script")
    assert review.verdict is Verdict.INCOMPLETE
    assert [finding.rule for finding in review.findings] == ["does-not-end"]


# --- programs from a grammar -------------------------------------------------------------------------

LAYERS = st.sampled_from(
    [
        'layers.Dense(4, activation="relu")',
        "layers.Dense(1)",
        'layers.Dense(3, activation="softmax")',
        'layers.Dense(1, activation="sigmoid")',
        "layers.Dense(4.0)",
        "layers.BatchNormalization()",
        "layers.Dropout(0.95)",
        "layers.LeakyReLU(alpha=0.2)",
        "layers.Flatten()",
        "layers.Reshape((2, 2))",
        "layers.Conv2D(2, 3)",
        "layers.Activation('tanh')",
        "layers.Missing()",
        "layers.Embedding(10, 2)",
    ]
)
LOSSES = st.sampled_from(
    ["mse", "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy", "nonsense"]
)
TARGETS = st.sampled_from(
    ["np.ones((16, 1))", "np.arange(16) % 3", "np.eye(16)[:, :3]", "-np.ones(16)", "x", "None", "undefined"]
)
TRAINING = st.sampled_from(
    [
        "model.fit(x, {t}, epochs=2, verbose=0)",
        "model.train_on_batch(x, {t})",
        "for step in range(50):\n    model.train_on_batch(x, {t})",
        "for epoch in range(3):\n"
        "    model.compile(loss='mse', optimizer='adam')\n"
        "    model.fit(x, {t}, verbose=0)",
        "with tf.GradientTape() as tape:\n    loss = tf.reduce_mean(model(x) - 1.0)\n"
        "grads = tape.gradient(loss, model.trainable_variables)\n"
        "keras.optimizers.Adam().apply_gradients(zip(grads, model.trainable_variables))",
        "model.fit_generator(((x, {t}) for _ in range(3)))",
        "model.trainable = False\nmodel.fit(x, {t}, verbose=0)",
        "history = model.fit(x, {t}, validation_data=(x, {t}), verbose=0)\nprint(history.history['val_acc'])",
        "np.random.shuffle(x)\nmodel.evaluate(x, {t})",
        "print(f'accuracy {{model.evaluate(x, {t})[0]}}')",
        "def train():\n    return model.fit(x, {t})",
        "raise SystemExit",
    ]
)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program of Keras snippets, right or wrong."""
    shape = draw(st.sampled_from(["(4,)", "(4, 4, 1)", "(2, 2)", "()"]))
    stack = ", ".join(draw(st.lists(LAYERS, min_size=0, max_size=4)))
    rows = draw(
        st.sampled_from(["np.zeros((16, 4))", "np.random.normal(size=(16, 4))", "np.zeros((16, 4, 4, 1))"])
    )
    lines = [
        "import numpy as np",
        "import keras",
        "import tensorflow as tf",
        draw(
            st.sampled_from(["from keras import layers", "from tensorflow.keras import layers", "layers = 1"])
        ),
        f"x = {rows}",
        f"model = keras.Sequential([keras.Input({shape}), {stack}])",
        f"model.compile(loss={draw(LOSSES)!r}, optimizer={draw(st.sampled_from(['adam', 'sgd', 'none']))!r})",
    ]
    lines += [part.format(t=draw(TARGETS)) for part in draw(st.lists(TRAINING, min_size=1, max_size=3))]
    return "\n".join(lines) + "\n"


@given(programs())
@settings(max_examples=150, deadline=None)
def test_no_rule_of_the_text_fails_on_a_program_from_the_grammar(text: str) -> None:
    listing = read_listing(Article("made.py", "0" * 64, text, "script"))
    rules = [rule for rule in load() if rule.needs == "source"]
    for finding in judge(Evidence(listing), rules):
        assert 1 <= finding.line <= finding.end_line <= text.count("\n")


def _judged_without_failing(text: str) -> None:
    review = review_text(text, "made.py", WARM, kind="script")
    assert review.verdict is not Verdict.HARNESS_ERROR, review.reason
    assert review.coverage.statements > 0
    loud = [finding for finding in review.findings if finding.severity is not Severity.NOTE]
    assert (review.verdict is Verdict.FAULTY) == bool(loud) or review.verdict is Verdict.INCOMPLETE


@pytest.mark.slow
@given(programs())
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_few_programs_from_the_grammar_are_reviewed(text: str) -> None:
    _judged_without_failing(text)


@pytest.mark.full
@given(programs())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_many_programs_from_the_grammar_are_reviewed(text: str) -> None:
    _judged_without_failing(text)
