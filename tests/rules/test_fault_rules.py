"""Faults and repairs, told in the article's lines."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Fix, Killed, LoopLeft, Severity, StatementDone, StatementStarted
from harness.rules import get
from harness.rules._evidence import Evidence, Match
from harness.rules._judge import judge
from harness.rules._mended import LEFT
from harness.rules.uncaught_exception import readable
from tests.rules._traces import (
    OUTCOME,
    array,
    call,
    compiled,
    evidence,
    fault,
    listing,
    matches,
    model,
    noticed,
    repair,
    trace,
)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("plain", "plain"),
        (
            "\x1b[1mInput 0\x1b[0m is wrong\n\nArguments received by Dense.call():\n  • inputs=1",
            "Input 0 is wrong",
        ),
        ("Exception encountered when calling Sequential.call().\n\nbad shape", "bad shape"),
        ("a\nb\t c\x00d", "a b c d"),
        ("No such file: /home/someone/data/x.csv", "No such file: x.csv"),
        ("x" * 400, "x" * 299 + "…"),
        ("", ""),
        (
            "mixed: [<tf.Tensor: shape=(2,), dtype=float32, numpy=\narray([0.3, 0.1],\n  dtype=float32)>, 3]",
            "mixed: [<tf.Tensor: shape=(2,), dtype=float32>, 3]",
        ),
    ],
)
def test_an_exceptions_message_is_made_readable(message: str, text: str) -> None:
    assert readable(message) == text


def test_every_unexplained_fault_is_reported_once_and_consequences_fold_under_it() -> None:
    found = evidence(
        "data = read()\nprint(data)",
        fault("OSError", "no", line=1),
        fault("NameError", "name 'data' is not defined", line=2, name="data", follows=0),
    )
    (finding,) = [f for f in judge(found) if f.rule == "uncaught-exception"]
    assert (finding.line, finding.message, finding.consequences) == (1, "This raises OSError: no", (2,))


def test_the_call_that_fails_elsewhere_is_the_first_of_what_cannot_run() -> None:
    found = evidence(
        "net = build(\n    196)\nscore = net.score(x)\nprint(score)",
        fault("ValueError", "expected 784, got 196", line=3),
        fault("NameError", "name 'score' is not defined", line=4, name="score", follows=0),
    )
    at_its_cause = replace(
        get("uncaught-exception"), find=lambda _: [Match(1, "", end_line=2, explains=(0,))]
    )
    (finding,) = judge(found, [at_its_cause])
    assert finding.consequences == (3, 4)


def test_the_part_of_a_statement_that_is_wrong_does_not_have_the_statement_fail_elsewhere() -> None:
    found = evidence(
        "model = Sequential([\n    Dense(3),\n    Dense(4, init='uniform'),\n])\nprint(model)",
        fault("TypeError", "no init", line=1, end_line=4),
        fault("NameError", "name 'model' is not defined", line=5, name="model", follows=0),
    )
    in_its_part = replace(get("uncaught-exception"), find=lambda _: [Match(3, "", explains=(0,))])
    (finding,) = judge(found, [in_its_part])
    assert finding.consequences == (5,)


def test_a_statement_inside_a_loop_is_not_the_loop() -> None:
    found = evidence("for x in rows():\n    use(x)", fault("TypeError", "no", line=2))
    at_the_loop = replace(get("uncaught-exception"), find=lambda _: [Match(1, "", explains=(0,))])
    (finding,) = judge(found, [at_the_loop])
    assert finding.consequences == (2,)


def test_a_repair_is_placed_at_the_line_of_its_text() -> None:
    found = evidence(
        "model = Sequential([\n    Dense(3),\n    Dense(4, init='uniform'),\n])",
        fault("ValueError", "no", line=1, end_line=4, repaired=True),
        repair(
            "removed-argument",
            "init='uniform'",
            "kernel_initializer='uniform'",
            line=1,
            end_line=4,
            argument="init",
            replacement="kernel_initializer",
            removed_in="Keras 2.0",
            callable="Dense",
        ),
    )
    (match,) = matches("removed-argument", found)
    assert (match.line, match.end_line, match.explains) == (3, 3, (0,))
    assert match.fix == Fix("init='uniform'", "kernel_initializer='uniform'")
    assert match.message == "`Dense` takes no `init` since Keras 2.0: it is called `kernel_initializer` now."


def test_the_text_of_a_second_repair_is_shown_as_the_article_prints_it() -> None:
    found = evidence(
        "gan = Model(g.input, d.output)",
        fault("AttributeError", "no", repaired=True),
        repair(
            "removed-attribute",
            "d.output",
            "d.outputs[0]",
            old="Model.output",
            replacement="outputs[0]",
            removed_in="",
        ),
        fault("ValueError", "is not connected to `inputs`", repaired=True),
        repair("graph-disconnected", "d.outputs[0]", "d(g.outputs[0])", fault=2, output="d", reached="g"),
    )
    (match,) = matches("graph-disconnected", found)
    assert match.fix == Fix("d.output", "d(g.outputs[0])")


def test_names_that_an_import_had_to_leave_out_are_its_own_consequences() -> None:
    found = evidence(
        "from keras.layers import Dense, Fancy\nx = Fancy(1)",
        fault("ImportError", "cannot import name 'Fancy'", repaired=True),
        repair(
            "wrong-module",
            "from keras.layers import Dense, Fancy",
            "from keras.layers import Dense",
            old="keras.layers.Fancy",
            replacement="",
            removed_in="",
            dropped=["Fancy"],
        ),
        fault("NameError", "name 'Fancy' is not defined", line=2, name="Fancy"),
    )
    rules = [finding.rule for finding in judge(found) if finding.severity == "error"]
    assert rules == ["wrong-module"]


def test_a_module_without_a_successor_is_reported_without_a_repair() -> None:
    found = evidence(
        "import tensorflow.contrib",
        fault("ModuleNotFoundError", "No module named 'tensorflow.contrib'", name="tensorflow.contrib"),
    )
    (match,) = matches("removed-module", found)
    assert match.message == f"`tensorflow.contrib` is gone since TensorFlow 2.0, without a successor: {LEFT}."
    assert not matches("unknown-package", found)


def test_an_attribute_without_a_successor_is_reported_without_a_repair() -> None:
    message = "module 'tensorflow' has no attribute 'contrib'"
    (match,) = matches("removed-attribute", evidence("tf.contrib", fault("AttributeError", message)))
    assert match.message == f"`tensorflow.contrib` is gone since TensorFlow 2.0, without a successor: {LEFT}."


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (
            "keras.premade",
            f"`keras.premade` is gone since Keras 2.9, without a successor: {LEFT}.",
        ),
        (
            "tensorflow.keras.premade",
            "`tensorflow.keras.premade` never existed (plain Keras had `keras.premade` before Keras 2.9), "
            f"without a successor: {LEFT}.",
        ),
        (
            "tensorflow.keras.applications.regnet",
            f"`tensorflow.keras.applications.regnet` is gone since Keras 3.0, without a successor: {LEFT}.",
        ),
    ],
)
def test_a_module_that_only_plain_keras_had_is_not_called_gone_from_tensorflow(
    module: str, said: str
) -> None:
    found = evidence(
        f"import {module}", fault("ModuleNotFoundError", f"No module named '{module}'", name=module)
    )
    (match,) = matches("removed-module", found)
    assert match.message == said


@pytest.mark.parametrize(
    ("text", "type", "message", "path"),
    [
        (
            "t = pd.read_csv('data/prices.csv')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'data/prices.csv'",
            "data/prices.csv",
        ),
        ("t = np.loadtxt('a.txt')", "FileNotFoundError", "a.txt not found.", "a.txt"),
        ("d = from_folder('images')", "NotFoundError", "Could not find directory images", "images"),
        (
            "m.load_weights('vgg.h5')",
            "FileNotFoundError",
            "[Errno 2] Unable to open file (unable to open file: name = 'vgg.h5', errno = 2, flags = 0)",
            "vgg.h5",
        ),
        (
            "m = load_model('best.keras')",
            "ValueError",
            "File not found: filepath=best.keras. Please ensure the file is an accessible `.keras` zip file.",
            "best.keras",
        ),
    ],
)
def test_a_file_that_the_article_does_not_bring_is_a_note(
    text: str, type: str, message: str, path: str
) -> None:
    found = evidence(f"{text}\n{text}", fault(type, message), fault(type, message, line=2))
    (match,) = matches("needs-file", found)
    assert (match.line, match.evidence["path"]) == (1, path)
    told = {finding.rule: finding.severity for finding in judge(found)}
    assert told["needs-file"] == "note"
    assert "uncaught-exception" not in told


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("np.save('train.npy', x)\ny = np.load('trian.npy')", "trian.npy"),
        ("m.save('model.keras')\nm = load_model('modl.keras')", "modl.keras"),
        ("with open('log.txt', 'w') as f: pass\nopen('lgo.txt').read()", "lgo.txt"),
        ("x = 1\nt.to_csv('out/t.csv')", "out/t.csv"),
    ],
)
def test_a_file_that_the_article_may_have_meant_to_write_stays_an_error(text: str, path: str) -> None:
    missing = fault("FileNotFoundError", f"[Errno 2] No such file or directory: '{path}'", line=2)
    found = evidence(text, missing)
    assert not matches("needs-file", found)
    assert "uncaught-exception" in [finding.rule for finding in judge(found)]


@pytest.mark.parametrize(
    ("left", "path", "silent"),
    [
        (True, "made_0050.png", False),
        (False, "made_0050.png", True),  # the whole loop ran: the name is wrong
        (True, "mode_0050.png", True),  # no round makes this name
    ],
)
def test_a_file_of_a_round_that_was_left_out_is_a_note(left: bool, path: str, silent: bool) -> None:
    text = "for i in range(50):\n    plt.savefig('made_{:04d}.png'.format(i))\nImage.open(name)"
    missing = fault("FileNotFoundError", f"[Errno 2] No such file or directory: '{path}'", line=3)
    rounds = LoopLeft(seq=0, line=1, end_line=2, iterations=5, updates=30)
    found = matches("needs-file", evidence(text, *([rounds] if left else []), missing))
    assert (not found) is silent


@pytest.mark.parametrize(
    ("line", "read", "severity"),
    [
        (4, "print(scores[1])", "note"),
        (4, "print(names[1])", "error"),  # the loop puts nothing into it
        (2, "print(scores[1])", "error"),  # in the loop itself
    ],
)
def test_what_a_loop_that_was_left_had_not_yet_filled_is_a_note(line: int, read: str, severity: str) -> None:
    text = "for x in rows:\n    print(scores[1])\n    scores.append(x)\n" + read
    rounds = LoopLeft(seq=0, line=1, end_line=3, iterations=1, updates=30)
    short = fault("IndexError", "list index out of range", line=line, source=read)
    (found,) = matches("uncaught-exception", evidence(text, rounds, short))
    assert (found.severity or "error") == severity


def test_a_folder_of_the_authors_machine_is_a_note() -> None:
    text = "folder = '/home/me/images/'\nimage.save(os.path.join(folder, 'frog' + str(step) + '.png'))"
    words = "[Errno 2] No such file or directory: '/home/me/images/frog0.png'"
    found = evidence(text, fault("FileNotFoundError", words, line=2))
    (match,) = matches("needs-file", found)
    assert match.message == (
        "This writes into `/home/me/images/`, which may be there on the author's machine only. Write into a "
        "folder that the code makes."
    )
    assert "uncaught-exception" not in {finding.rule for finding in judge(found)}


def test_memory_for_an_array_of_usual_size_is_a_note_and_for_a_huge_one_an_error() -> None:
    words = "Unable to allocate 359. MiB for an array with shape (119980, 28, 28) and data type float32"
    (small,) = matches("out-of-memory", evidence("x = 1", fault("_ArrayMemoryError", words)))
    assert small.severity == "note"
    words = "Unable to allocate 1.86 GiB for an array with shape (25000, 10000) and data type float64"
    (usual,) = matches("out-of-memory", evidence("x = 1", fault("_ArrayMemoryError", words)))
    assert usual.severity == "note"
    words = "Unable to allocate 215. GiB for an array with shape (60000, 60000, 8) and data type float64"
    (huge,) = matches("out-of-memory", evidence("x = 1", fault("_ArrayMemoryError", words)))
    assert huge.severity is None
    words = "OOM when allocating tensor with shape[256,144,4,64] and type float on /job:localhost"
    (tensor,) = matches("out-of-memory", evidence("x = 1", fault("ResourceExhaustedError", words)))
    assert tensor.severity == "note"
    words = "OOM when allocating tensor with shape[60000,28,28,512] and type float on /job:localhost"
    (tensor,) = matches("out-of-memory", evidence("x = 1", fault("ResourceExhaustedError", words)))
    assert tensor.severity is None


def test_networks_that_outgrow_the_limit_are_a_note_and_anything_else_an_error() -> None:
    ended = replace(OUTCOME, killed=Killed.MEMORY)
    network = model(1, "m")
    found = Evidence(listing("m.fit(x, y)"), trace(network, completed=False, outcome=ended))
    (match,) = matches("out-of-memory", found)
    assert match.severity == "note"
    found = Evidence(listing("x = [0] * n"), trace(completed=False, outcome=ended))
    (match,) = matches("out-of-memory", found)
    assert match.severity is None


@pytest.mark.parametrize(("peak", "severity"), [(2**29, None), (4 * 2**30, "note")])
def test_a_crash_of_a_run_that_had_taken_much_memory_is_a_note(peak: int, severity: str | None) -> None:
    crashed = replace(OUTCOME, exit_code=None, signal=11, peak_memory=peak)
    found = Evidence(listing("m.fit(x, y)"), trace(model(1, "m"), completed=False, outcome=crashed))
    (match,) = matches("crashes-the-process", found)
    assert match.severity == severity


@pytest.mark.parametrize(
    ("code", "stderr", "told"),
    [
        (1, b"", True),
        (3, b"", True),
        (1, b'File "/x/harness/run/worker.py", line 9\nKeyError', False),
    ],
)
def test_a_failure_of_the_worker_is_no_exit_of_the_program(code: int, stderr: bytes, told: bool) -> None:
    ended = replace(OUTCOME, exit_code=code, stderr=stderr)
    begun = StatementStarted(seq=0, line=1, end_line=1, index=0)
    found = Evidence(listing("m.fit(x, y)"), trace(begun, completed=False, outcome=ended))
    assert bool(matches("early-exit", found)) is told


def test_a_name_that_went_with_its_module_is_said_to_have_no_successor() -> None:
    # Python names the first parent that is missing, not what was asked for.
    text = "from keras.engine.training import slice_X"
    absent = fault("ModuleNotFoundError", "No module named 'keras.engine'", name="keras.engine", source=text)
    (match,) = matches("removed-module", evidence(text, absent))
    assert match.message == (
        f"`keras.engine.training` is gone since Keras 2.13, and `slice_X` has no successor: {LEFT}."
    )


def test_a_name_that_only_plain_keras_had_is_not_called_gone_from_tensorflow() -> None:
    message = "module 'tensorflow.keras.utils' has no attribute 'print_summary'"
    (match,) = matches("removed-attribute", evidence("u.print_summary()", fault("AttributeError", message)))
    assert match.message == (
        "`tensorflow.keras.utils.print_summary` never existed (plain Keras had `keras.utils.print_summary` "
        f"before Keras 2.4), without a successor: {LEFT}."
    )


def test_a_package_that_is_merely_absent_is_a_note_and_a_misspelt_one_an_error() -> None:
    absent = fault("ModuleNotFoundError", "No module named 'seaborn'", name="seaborn")
    found = evidence("import seaborn\nseaborn.set()", absent)
    assert matches("package-not-installed", found)
    assert not matches("unknown-package", found)
    misspelt = fault("ModuleNotFoundError", "No module named 'tensorflwo'", name="tensorflwo")
    (match,) = matches("unknown-package", evidence("import tensorflwo", misspelt))
    assert match.message == "No package `tensorflwo` is installed. Did you mean `tensorflow`?"


def test_an_exit_of_the_last_statement_is_not_said_to_come_before_the_rest() -> None:
    leaves = replace(fault("SystemExit", "3", line=2), statement=1)
    text = "import sys\nsys.exit(3)\nprint(1)"
    (early,) = matches("early-exit", evidence(text, leaves))
    assert early.message.startswith("The program ends here, before the rest of the article's code")
    last = evidence(text.removesuffix("\nprint(1)"), leaves)
    (failed,) = matches("early-exit", last)
    assert failed.message == (
        "The last statement ends the program as one that has failed: take it out, or exit with status 0."
    )


def test_an_absent_package_is_told_once_however_many_lines_import_from_it() -> None:
    absent = fault("ModuleNotFoundError", "No module named 'torch'", name="torch")
    lost = fault("NameError", "name 'nn' is not defined", line=4, name="nn", follows=1)
    found = evidence(
        "import torch\nimport torch.nn as nn\nimport cv2\nnn.Linear(torch.pi, cv2.x)",
        absent,
        replace(absent, line=2, end_line=2),
        fault("ModuleNotFoundError", "No module named 'cv2'", line=3, name="cv2"),
        lost,
    )
    told = [(one.rule, one.line, one.consequences) for one in judge(found)]
    assert told == [("package-not-installed", 1, (2, 4)), ("package-not-installed", 3, ())]


@pytest.mark.parametrize(
    ("warning", "line", "argument"),
    [
        ("Argument `alpha` is deprecated. Use `negative_slope` instead.", "LeakyReLU(alpha=0.2)", "alpha"),
        ("Argument `decay` is no longer supported and will be ignored.", "Adam(decay=0.1)", "decay"),
        (
            "Argument `input_length` is deprecated. Just remove it.",
            "Embedding(input_length=3)",
            "input_length",
        ),
        (
            "Do not pass an `input_shape`/`input_dim` argument to a layer.",
            "Dense(3, input_dim=2)",
            "input_dim",
        ),
    ],
)
def test_warnings_of_keras_become_notes(warning: str, line: str, argument: str) -> None:
    (match,) = matches("deprecated-argument", evidence(line, noticed("UserWarning", warning)))
    assert match.evidence == {"argument": argument}


def test_other_warnings_are_no_finding() -> None:
    assert not matches("deprecated-argument", evidence("f()", noticed("UserWarning", "something else")))


@pytest.mark.parametrize("program", ["m.fit(x, y)", "m.fit(x, y=y)", "m.fit(**data)", "m.predict(x)"])
def test_training_with_targets_is_not_said_to_lack_them(program: str) -> None:
    assert not matches(
        "fit-without-targets", evidence(program, fault("ValueError", "None values not supported."))
    )


@pytest.mark.parametrize(("method", "told"), [("train_step", False), ("compute_loss", False), ("call", True)])
def test_a_model_that_says_itself_how_it_is_trained_needs_no_targets(method: str, told: bool) -> None:
    text = f"class Own(Model):\n    def {method}(self, x): ...\nm = Own()\nm.fit(x)"
    failed = fault("ValueError", "None values not supported.", line=4)
    assert bool(matches("fit-without-targets", evidence(text, failed))) is told


def test_a_mismatch_without_shapes_in_its_message_is_told_by_the_call() -> None:
    found = evidence(
        "m.fit(x)",
        call("fit", 1, inputs=(array(8, 15),), error="ValueError"),
        fault(
            "ValueError",
            "Input 0 is incompatible: expected min_ndim=4, found ndim=2. Full shape received: (8, 15)",
        ),
    )
    (match,) = matches("input-shape-mismatch", found)
    assert match.message == (
        "`x`, an array of shape (8, 15), is fed to a layer that takes 4 axes. "
        "Reshape the one, or change the other."
    )
    assert match.evidence == {"model": 1, "fed": [8, 15]}


def test_float64_is_reported_where_the_loss_is_called() -> None:
    mixed = fault("InvalidArgumentError", "was expected to be a float tensor but is a double tensor", line=2)
    found = evidence(
        "def loss(y, p):\n    return tf.f(y, p)\n\nprint(loss(np.ones((4, 1)), p))",
        replace(mixed, lines=(4, 2), repaired=True),
        repair("float64-into-float32-loss", "y", "tf.cast(y, p.dtype)", line=2, argument="y"),
    )
    (match,) = matches("float64-into-float32-loss", found)
    assert (match.line, match.explains) == (4, (0,))
    assert match.fix == Fix("np.ones((4, 1))", 'np.ones((4, 1), dtype="float32")')


def timed_out(line: int, status: str = "timeout") -> StatementDone:
    return StatementDone(seq=line, line=line, index=line - 1, end_line=line, status=status)


def test_only_the_first_statement_that_used_up_the_time_does_not_end() -> None:
    found = evidence("x = lock.wait()\nwhile y: pass", timed_out(1), timed_out(2))
    assert [match.line for match in matches("does-not-end", found)] == [1]


def test_training_that_took_too_long_is_not_endless_nor_is_what_came_after() -> None:
    text = "for i in range(9):\n    model.train_on_batch(x, y)\ny = later()"
    found = evidence(text, replace(timed_out(1), end_line=2), timed_out(3))
    assert matches("does-not-end", found) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("while x: pass", "Nothing was seen to end this loop: "),
        ("def f():\n    while x: pass\nf()", "Nothing was seen to end the loop in line 2: "),
        ("lock.wait()", "What this waits for did not come: "),
        ("for i in range(3): lock.wait()", "What this waits for did not come: "),
    ],
)
def test_a_loop_is_told_from_a_wait_with_what_to_do(text: str, words: str) -> None:
    last = text.count("\n") + 1
    (match,) = matches("does-not-end", evidence(text, timed_out(last)))
    assert match.message.startswith(words)


def test_training_inside_a_called_function_is_not_endless() -> None:
    text = "def train():\n    while True:\n        optimizer.apply_gradients(pairs)\ntrain()"
    assert matches("does-not-end", evidence(text, timed_out(4))) == []


def test_training_that_was_seen_while_the_statement_ran_is_not_endless() -> None:
    """The steps of a tf.function stand neither in the statement nor in what it calls by name."""
    text = "def step(x):\n    f(x)\ndef train():\n    for x in xs: Steps.step(x)\ntrain()"
    started = StatementStarted(seq=0, line=5, index=2, end_line=5)
    silent = evidence(text, started, timed_out(5))
    assert [match.line for match in matches("does-not-end", silent)] == [5]
    found = evidence(text, started, call("function", None, line=2), timed_out(5))
    assert matches("does-not-end", found) == []


def test_a_plain_statement_that_time_ran_out_on_is_not_accused() -> None:
    assert matches("does-not-end", evidence("x = x.astype('float32') / 255", timed_out(1))) == []


@pytest.mark.parametrize(
    ("loop", "accused"),
    [
        ("for i, y in enumerate(np.linspace(-1, 1, 30)):", False),
        ("for i in range(n):", False),
        ("for i in range(10**3, 1000000000):", True),
        ("for x in source():", True),
        ("for x in enumerate(source()):", True),
        ("while True:", True),
    ],
)
def test_a_loop_over_a_grid_is_slow_and_not_endless(loop: str, accused: bool) -> None:
    text = f"def plot():\n    {loop}\n        show(model.predict(os.path.join(a, b)), names.get(3))\nplot()"
    assert [m.line for m in matches("does-not-end", evidence(text, timed_out(4)))] == ([4] if accused else [])


@pytest.mark.parametrize(
    ("wait", "accused"), [("queue.get()", True), ("thread.join()", True), ("d.get(1)", False)]
)
def test_a_wait_takes_nothing(wait: str, accused: bool) -> None:
    assert bool(matches("does-not-end", evidence(f"x = {wait}", timed_out(1)))) is accused


def test_one_hot_targets_for_a_sparse_loss_are_one_finding_wherever_they_fail() -> None:
    message = (
        "Argument `output` must have rank (ndim) `target.ndim - 1`. "
        "Received: target.shape=(None, 10), output.shape=(None, 10)"
    )
    faults = (fault("ValueError", message, line=2), fault("ValueError", message, line=3))
    (match,) = matches("target-shape-mismatch", evidence("x = 1\ny = 2\nz = 3\n", *faults))
    assert (match.line, match.explains) == (2, (0, 1))
    assert "categorical cross-entropy" in match.message


@pytest.mark.parametrize(
    ("fed", "named"), [((8, 15), "`rows`, an array of shape (None, 15),"), ((8, 3, 5), "An array of shape")]
)
def test_an_array_is_named_only_where_it_is_the_one_that_does_not_fit(
    fed: tuple[int, ...], named: str
) -> None:
    words = "expected min_ndim=4, found ndim=2. Full shape received: (None, 15)"
    found = evidence(
        "rows = f()\nnet.fit(rows[:8], y)",
        model(1, "net"),
        call("fit", 1, line=2, inputs=(array(*fed),), error="ValueError"),
        fault("ValueError", words, line=2),
    )
    (match,) = matches("input-shape-mismatch", found)
    assert match.message.startswith(named)
    assert "is fed to a layer of `net` that takes 4 axes" in match.message


LABELS = """\
y = load_labels()
y = to_categorical(y, 10)
y = y[:600]
net.compile(loss="{loss}")
net.fit(x, y)
"""


def mismatch(loss: str, targets: str, outputs: str, *, rank: bool = False) -> str:
    words = f"Received: target.shape=({targets}), output.shape=({outputs})"
    said = "rank (ndim) `target.ndim - 1`" if rank else "shape"
    message = (
        f"`target` and `output` must have the same shape. {words}" if not rank else f"have {said}. {words}"
    )
    found = evidence(
        LABELS.format(loss=loss),
        model(1, "net"),
        compiled(1, loss, line=4),
        call("fit", 1, line=5, inputs=(array(600, 4),), error="ValueError"),
        fault("ValueError", message.replace("have rank", "must have rank"), line=5),
    )
    (match,) = matches("target-shape-mismatch", found)
    assert match.line == 5
    return match.message


def test_targets_of_another_shape_are_told_with_the_loss_and_the_line_that_made_them() -> None:
    assert mismatch("binary_crossentropy", "None, 10", "None, 1") == (
        "The targets (`y`, made in line 2) have the shape (None, 10), but `net` gives (None, 1), and "
        "`binary_crossentropy` (line 4) compares them number by number. Give the last layer as many units as "
        "a target has numbers, or bring the targets to that shape."
    )
    assert mismatch("categorical_crossentropy", "None, 1", "None, 10").endswith(
        "Use sparse categorical cross-entropy, or encode the labels with `to_categorical`."
    )
    assert mismatch("sparse_categorical_crossentropy", "None, 10", "None, 10", rank=True) == (
        "The targets (`y`, made in line 2) have the shape (None, 10), one number per class, but "
        "`sparse_categorical_crossentropy` (line 4) takes the number of the class: use categorical "
        "cross-entropy, or plain numbers."
    )


def test_targets_of_which_nothing_is_known_are_told_by_their_shape() -> None:
    words = "`target` and `output` must have the same shape. Received: target.shape=(8,), output.shape=(8, 3)"
    (match,) = matches("target-shape-mismatch", evidence("fit()\n", fault("ValueError", words)))
    assert match.message.startswith(
        "The targets have the shape (8,), but the model gives (8, 3). Give the last"
    )


def test_a_model_called_on_another_models_outputs_of_another_size_is_an_input_shape_mismatch() -> None:
    message = (
        "Input 0 with name 'input_layer_1' of layer 'functional_1' is incompatible with the layer: "
        "expected shape=(None, 6), found shape=(None, 8)"
    )
    (match,) = matches("input-shape-mismatch", evidence("x = 1\n", fault("ValueError", message)))
    assert match.message == (
        "An array of shape (None, 8) is fed to a model that takes (None, 6). "
        "Reshape the one, or change the other."
    )


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("import seaborn", ["unused-import"]),
        ("from seaborn import set, heatmap", ["unused-import"]),
        ("import seaborn\nseaborn.set()", ["package-not-installed"]),
        # What is needed of it was not checked; what is not needed is another matter.
        ("from seaborn import set, heatmap\nheatmap(1)", ["package-not-installed", "unused-import"]),
    ],
)
def test_an_absent_package_that_nothing_uses_is_one_note_and_not_two(text: str, rules: list[str]) -> None:
    absent = fault("ModuleNotFoundError", "No module named 'seaborn'", name="seaborn")
    found = judge(evidence(text, absent))
    assert [(finding.rule, finding.line) for finding in found] == [(rule, 1) for rule in rules]


def test_a_package_that_a_library_asks_for_is_none_of_the_article_s_faults() -> None:
    wanted = "You must install pydot (`pip install pydot`) for `plot_model` to work."
    found = evidence("keras.utils.plot_model(model)", fault("ImportError", wanted, line=1))
    findings = {finding.rule: finding for finding in judge(found)}
    assert "uncaught-exception" not in findings
    assert findings["package-not-installed"].severity is Severity.NOTE
    assert findings["package-not-installed"].evidence["package"] == "pydot"
