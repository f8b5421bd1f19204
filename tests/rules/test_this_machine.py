"""What only this machine, or the review's own limits, cause: notes, no errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model import Killed, LoopLeft, StatementStarted
from harness.rules._evidence import Evidence
from harness.rules._judge import judge
from tests.rules._traces import (
    OUTCOME,
    evidence,
    fault,
    listing,
    matches,
    model,
    repair,
    trace,
)


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


def test_an_operation_without_memory_is_told_without_tensorflow_s_own_names() -> None:
    words = (
        "{{function_node __wrapped__AddV2_device_/job:localhost/replica:0/task:0/device:CPU:0}} "
        "failed to allocate memory [Op:AddV2] name: "
    )
    (match,) = matches("out-of-memory", evidence("x = 1", fault("ResourceExhaustedError", words)))
    assert match.severity == "note"
    assert match.message.endswith("The exception says: failed to allocate memory")


def test_memory_of_unknown_size_is_a_note_where_there_are_networks() -> None:
    words = "Graph execution error:\n\nfailed to allocate memory\n\t"
    (match,) = matches("out-of-memory", evidence("x = 1", fault("ResourceExhaustedError", words)))
    assert match.severity == "note"
    assert match.message.endswith("The exception says: failed to allocate memory")
    (match,) = matches(
        "out-of-memory", evidence("x = 1", model(1, "m"), fault("MemoryError", "std::bad_alloc"))
    )
    assert match.severity == "note"
    (match,) = matches("out-of-memory", evidence("x = 1", fault("MemoryError", "std::bad_alloc")))
    assert match.severity is None


@pytest.mark.parametrize(("taken", "told"), [(2, 1), (1, 0)])
def test_a_kernel_that_could_not_be_made_in_a_full_run_is_a_note(taken: int, told: int) -> None:
    words = (
        "{{function_node __wrapped__MaxPool}} Status: 1, message: could not create a primitive [Op:MaxPool]"
    )
    run = trace(fault("AbortedError", words), outcome=replace(OUTCOME, peak_memory=taken * 2**30))
    found = matches("out-of-memory", Evidence(listing("y = model(x)"), run))
    assert [match.severity for match in found] == ["note"] * told


def test_networks_that_outgrow_the_limit_are_a_note_and_anything_else_an_error() -> None:
    ended = replace(OUTCOME, killed=Killed.MEMORY)
    network = model(1, "m")
    found = Evidence(listing("m.fit(x, y)"), trace(network, completed=False, outcome=ended))
    (match,) = matches("out-of-memory", found)
    assert match.severity == "note"
    found = Evidence(listing("x = [0] * n"), trace(completed=False, outcome=ended))
    (match,) = matches("out-of-memory", found)
    assert match.severity is None


@pytest.mark.parametrize(("peak", "severity"), [(2**30, None), (1900 * 2**20, "note")])
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


_LIST = "import tensorflow as tf; gpus = tf.config.list_physical_devices('GPU')\n"


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (_LIST + "tf.config.experimental.set_memory_growth(gpus[0], True)", "IndexError", True),
        ("import tensorflow as tf\ntf.config.list_physical_devices('GPU')[0]", "IndexError", True),
        (_LIST + "assert len(gpus) > 0, 'no GPU'", "AssertionError", True),
        (_LIST + "print(rows[0])", "IndexError", False),  # another list
        (_LIST + "assert len(rows) > 0", "AssertionError", False),
    ],
)
def test_what_only_a_machine_with_a_gpu_can_do_is_a_note(text: str, kind: str, told: bool) -> None:
    source = text.splitlines()[1]
    found = evidence(text, fault(kind, "list index out of range", line=2, source=source))
    assert len(matches("needs-gpu", found)) == told
    other = {"needs-gpu", "uncaught-exception"} & {finding.rule for finding in judge(found)}
    assert other == {"needs-gpu" if told else "uncaught-exception"}


def test_a_program_that_stops_where_no_gpu_is_named_is_a_note() -> None:
    """The usual first cell of a notebook made for a hosted machine."""
    text = (
        "import tensorflow as tf; name = tf.test.gpu_device_name()\n"
        "if name != '/device:GPU:0':\n"
        "    raise SystemError('GPU not found')\n"
    )
    source = "raise SystemError('GPU not found')"
    found = evidence(text, fault("SystemError", "GPU not found", line=3, source=source))
    assert [finding.rule for finding in judge(found)] == ["needs-gpu"]


def test_a_file_written_into_a_folder_above_the_program_is_a_note() -> None:
    text = "image = make()\nimage.save('../output/a.png')"
    above = fault("FileNotFoundError", "[Errno 2] No such file or directory: '../output/a.png'", line=2)
    (found,) = matches("needs-file", evidence(text, above))
    assert "`../output/`" in found.message


@pytest.mark.parametrize(("path", "drawn"), [("model.png", True), ("cat.png", False)])
def test_the_file_of_a_drawing_that_was_left_out_is_not_asked_of_the_author(path: str, drawn: bool) -> None:
    text = f"plot_model(model, to_file='model.png')\npicture = plt.imread('{path}')"
    events = (
        fault("ImportError", "You must install pydot for `plot_model` to work.", line=1, repaired=True),
        repair("package-not-installed", "plot_model", "plot_model"),
        fault("FileNotFoundError", f"[Errno 2] No such file or directory: '{path}'", line=2),
    )
    (found,) = matches("needs-file", evidence(text, *events))
    assert ("the drawing that line 1 would make" in found.message) is drawn
    assert ("Say where a reader gets it" in found.message) is not drawn


@pytest.mark.parametrize(
    ("read", "note"),
    [("names = os.listdir('faces/')", True), ("model = load_model('faces/')", False)],
)
def test_a_folder_of_data_is_not_taken_for_a_model_that_the_program_saves(read: str, note: bool) -> None:
    words = "[Errno 2] No such file or directory: 'faces/'"
    missing = fault("FileNotFoundError", words, line=1, source=read)
    assert bool(matches("needs-file", evidence(f"{read}\nmodel.save('model.keras')", missing))) is note


def test_a_folder_of_images_that_is_not_there_is_no_fault_of_the_program() -> None:
    """Without labels Keras says only that it found none."""
    text = "data = utils.image_dataset_from_directory('/data/faces', labels=None)\nnet.save('net.keras')"
    words = "No images found in directory /data/faces. Allowed formats: ('.bmp', '.png')"
    (found,) = matches("needs-file", evidence(text, fault("ValueError", words, line=1, source=text)))
    assert found.message.startswith("This reads `/data/faces`, which the article does not bring")


@pytest.mark.parametrize(("read", "told"), [("path", 1), ("other", 0)])
def test_what_cannot_be_read_since_it_could_not_be_written_is_no_second_fault(read: str, told: int) -> None:
    text = f"model.save_weights(path)\nmodel.load_weights({read})"
    refused = "The filename must end in `.weights.h5`. Received: filepath=/tmp/abc"
    unreadable = "File format not supported: filepath=/tmp/abc. Keras 3 only supports V3 `.keras` files"
    known = evidence(
        text,
        fault("ValueError", refused, line=1, source="model.save_weights(path)"),
        fault("ValueError", unreadable, line=2, source=f"model.load_weights({read})"),
    )
    (found,) = matches("outdated-file-format", known)
    assert found.line == 1
    assert len(found.explains) == 1 + told
