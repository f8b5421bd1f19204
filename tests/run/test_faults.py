"""Exceptions told in article lines."""

from __future__ import annotations

from harness.run.faults import describe, revealed


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # any kind
        return caught


def test_autograph_frames_in_the_message_count_as_steps() -> None:
    error = raised(
        NameError(
            'in user code:\n\n    File "listing.py", line 68, in loss  *\n        return tf.x\n\n'
            "    NameError: name 'tf' is not defined\n"
        )
    )
    told = describe(error, "listing.py")
    assert [(step.line, step.function) for step in told.steps] == [(68, "loss")]
    assert told.name == "tf"


def test_frames_of_a_graph_are_no_part_of_the_message() -> None:
    frames = 'Detected at node add defined at\n  File "listing.py", line 7, in step\n  File "own.py"'
    error = raised(ValueError(f"bad shape\n{frames}"))
    told = describe(error, "listing.py")
    assert told.message == "bad shape"
    assert [step.line for step in told.steps] == [7]


def test_what_a_graph_s_failure_says_behind_its_frames_is_kept() -> None:
    frames = (
        'Detected at node loss/Sparse defined at (most recent call last):\n  File "own.py", line 7, in step\n'
    )
    words = "Received a label value of 130 which is outside the valid range of [0, 1).  Label values: 130 97"
    node = "\t [[{{node loss/Sparse}}]] [Op:__inference_multi_step_on_iterator_1193]"
    error = raised(
        ValueError(f'Graph execution error:\n\n{frames}\n  File "own.py", line 9, in f\n\n{words}\n{node}')
    )
    assert describe(error, "listing.py").message == f"Graph execution error:\n{words}"


def test_a_hostile_text_does_not_hide_the_fault() -> None:
    class Hostile(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert "Hostile" in describe(raised(Hostile()), "listing.py").message


def test_frames_of_other_files_are_no_article_lines() -> None:
    told = describe(raised(KeyError("k")), "listing.py")
    assert told.steps == ()
    told = describe(raised(KeyError("k")), __file__)
    assert [step.function for step in told.steps] == ["raised"]


def test_what_a_lambda_layer_hides_is_told_in_its_place() -> None:
    """Keras wraps the exception twice: in words about a shape, and in words about the layer's call."""
    words = "We could not automatically infer the shape of the Lambda's output."

    def sample() -> None:
        raise AttributeError("module 'keras.backend' has no attribute 'random_normal'")

    def infer() -> None:
        try:
            sample()
        except AttributeError:
            raise NotImplementedError(words)  # noqa: B904 - as Keras does

    def layer() -> None:
        try:
            infer()
        except NotImplementedError as error:
            raise NotImplementedError(f"Exception encountered when calling Lambda. {words}") from error

    try:
        layer()
    except NotImplementedError as error:
        told = describe(revealed(error), __file__)
    assert (told.type, told.name) == ("AttributeError", "random_normal")
    functions = [step.function for step in told.steps]
    assert functions[0] == "test_what_a_lambda_layer_hides_is_told_in_its_place"
    assert functions[-1] == "sample"


def test_an_exception_that_hides_nothing_is_told_itself() -> None:
    error = NotImplementedError("no such layer")
    error.__context__ = KeyError("of no concern")
    assert revealed(raised(error)) is error
