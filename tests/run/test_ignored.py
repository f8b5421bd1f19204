"""Arguments that Keras 3 takes and forgets are told at their line, and the run does what they ask for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.data.full import full_archive
from harness.model import Fault, Repair, Trace

RunText = Callable[..., Trace]

pytestmark = pytest.mark.slow

WORDS = """\
from keras.datasets import imdb
(x_train, y_train), (x_test, y_test) = imdb.load_data(nb_words=500)
print(max(max(x) for x in x_train) < 500)
"""
PLATEAU = """\
from keras.callbacks import LambdaCallback, ReduceLROnPlateau
plateau = ReduceLROnPlateau(monitor="loss", epsilon=0.01)
print(plateau.min_delta)
LambdaCallback(on_epoch_end=print, epsilon=1)
"""


def told(trace: Trace) -> list[tuple[int | None, object, object]]:
    repairs = [event for event in trace.events if isinstance(event, Repair)]
    return [(each.line, each.evidence["argument"], each.evidence.get("ignored")) for each in repairs]


@pytest.mark.parametrize(("keras", "found"), [(3, [(2, "nb_words", True)]), (2, [])])
def test_the_number_of_words_is_heeded(run_text: RunText, keras: int, found: list[object]) -> None:
    archive = full_archive()
    trace = run_text(WORDS, keras=keras, mnist=archive.path, repeated_from=archive.repeated_from)
    assert told(trace) == found
    assert trace.outcome.stdout.decode().split() == ["True"]


def test_the_threshold_of_a_callback_is_heeded(run_text: RunText) -> None:
    trace = run_text(PLATEAU)
    assert told(trace) == [(2, "epsilon", True)]
    assert trace.outcome.stdout.decode().split() == ["0.01"]


def test_where_no_name_can_be_mended_the_message_says_what_keras_does(run_text: RunText) -> None:
    archive = full_archive()
    options = "options = {'nb_words': 500}\nfrom keras.datasets import imdb\nimdb.load_data(**options)\n"
    trace = run_text(options, mnist=archive.path, repeated_from=archive.repeated_from)
    (fault,) = [event for event in trace.events if isinstance(event, Fault)]
    assert fault.message.endswith("got an unexpected keyword argument 'nb_words', which Keras 3 ignores")
