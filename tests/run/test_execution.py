"""Statement by statement: faults do not end a run, and what only follows from a fault says so."""

from __future__ import annotations

import pytest

from harness.model import (
    Ended,
    Lost,
    Repair,
    Trace,
)
from tests.run.conftest import RunText, faults, roots, statuses


def consequences(trace: Trace) -> list[int | None]:
    return [fault.line for fault in faults(trace) if fault.follows is not None]


def test_a_clean_program_is_complete(run_text: RunText) -> None:
    trace = run_text("x = 1\nprint(x)\n")
    assert trace.completed
    assert trace.reason is None
    assert trace.outcome.stdout == b"1\n"
    assert statuses(trace) == ["ok", "ok"]
    assert isinstance(trace.events[-1], Ended)
    assert [event.seq for event in trace.events] == list(range(len(trace.events)))


def test_faults_do_not_end_the_run(run_text: RunText) -> None:
    trace = run_text("a = 1 / 0\nb = [][1]\nprint('still here')\n")
    assert trace.completed
    assert roots(trace) == [(1, "ZeroDivisionError"), (2, "IndexError")]
    assert trace.outcome.stdout == b"still here\n"


def test_lost_names_make_consequences_not_faults(run_text: RunText) -> None:
    trace = run_text("import no_such_package_at_all as n\nx = n.f()\ny = x + 1\nz = 2\nprint(z)\n")
    assert roots(trace) == [(1, "ModuleNotFoundError")]
    assert consequences(trace) == [2, 3]
    assert all(fault.follows == faults(trace)[0].seq for fault in faults(trace)[1:])
    assert statuses(trace) == ["failed", "lost", "lost", "ok", "ok"]


@pytest.mark.parametrize(
    ("text", "cause", "after"),
    [
        # a list that a lost statement should have filled, and what is made of it
        ("rows = []\nrows.append(1 / 0)\nfirst = list(rows)\nprint(first[0])\n", 2, [4]),
        # the same inside a loop
        ("rows = []\nfor n in range(3):\n    rows.append(n / 0)\nprint(rows[0])\n", 3, [4]),
        # by an index
        ("table = {}\ntable['a'] = 1 / 0\nprint(table['a'])\n", 2, [3]),
        # inside a function, whose result is not what it should be
        (
            "def rows():\n    made = []\n    made.append(1 / 0)\n    return made\n"
            "got = rows()\nprint(got[0])\n",
            3,
            [6],
        ),
        # a class that is not ready, and says so
        (
            "class Scaler:\n    def fit(self, x): ...\n"
            "    __len__ = lambda self: (_ for _ in ()).throw(ValueError('it has not been fitted'))\n"
            "scaler = Scaler()\nscaler.fit(1 / 0)\nprint(len(scaler))\n",
            5,
            [3],  # where it was raised
        ),
        # what a loop makes of it on the way
        (
            "rows = []\nrows.append(1 / 0)\nfor n in range(1):\n    some = rows[n:]\n    print(some[0])\n",
            2,
            [5],
        ),
        # what a loop over it fills, one by itself and one inside another
        (
            "rows = []\nrows.append(1 / 0)\nmade = []\n"
            "for row in rows:\n    made.append(row)\nprint(made[0])\n",
            2,
            [6],
        ),
        (
            "rows = []\nrows.append(1 / 0)\nfor n in range(1):\n    made = []\n    for row in rows:\n"
            "        made.append(row)\n    print(made[0])\n",
            2,
            [7],
        ),
        # an attribute that a lost statement would have set, and which has another value before
        (
            "class Own:\n    size = None\n    def __init__(self):\n        self.size = 1 / 0\n"
            "    def twice(self):\n        return self.size * 2\nprint(Own().twice())\n",
            4,
            [6],
        ),
        # a callback that a lost training would have called
        (
            "class Model:\n    def fit(self, x, callbacks): ...\nclass Losses:\n    pass\n"
            "seen = Losses()\nModel().fit(1 / 0, callbacks=[seen])\nprint(seen.losses)\n",
            6,
            [7],
        ),
        # a file that a lost statement would have written, by its name and by a variable
        ("def save(what, path): ...\nsave(1 / 0, 'a.txt')\nprint(open('a.txt').read())\n", 2, [3]),
        ("def save(what, path): ...\npath = 'a'\nsave(1 / 0, path)\nprint(open(path).read())\n", 3, [4]),
        # what is lost only as a consequence leaves things unfinished, too
        ("x = 1 / 0\nrows = []\nrows.append(x)\nprint(rows[0])\n", 1, [3, 4]),
    ],
)
def test_what_fails_on_an_unfinished_thing_is_a_consequence(
    run_text: RunText, text: str, cause: int, after: list[int]
) -> None:
    trace = run_text(text)
    assert [line for line, _ in roots(trace)] == [cause]
    assert consequences(trace) == after


@pytest.mark.parametrize(
    "text",
    [
        "rows = []\nrows.append(1 / 0)\nrows = []\nprint(rows[0])\n",  # made anew
        "rows = []\nfor n in range(2):\n    rows.append(n / 0)\n    print([][0])\nprint(rows)\n",  # beside it
        "rows = []\nrows.append(1 / 0)\nprint([][0])\n",  # has nothing to do with it
        "rows = []\nrows.index(1 / 0)\nprint(rows[0])\n",  # would have filled nothing
        # not ready is no reason for just any failure
        "class Model:\n    def fit(self, x): ...\nm = Model()\nm.fit(1 / 0)\nprint(m.no_such_thing)\n",
        "import math\nmath.add(1)\nprint(math.sqrt(-1))\n",  # a module is not filled
        # another file, and what else is wrong with one
        "def save(what, path): ...\nsave(1 / 0, 'a.txt')\nprint(open('b.txt').read())\n",
        "def save(what, path): ...\nsave(1 / 0, 'a.txt')\nprint(open('a.txt', 'no such mode'))\n",
    ],
)
def test_a_fault_of_its_own_is_none(run_text: RunText, text: str) -> None:
    trace = run_text(text)
    assert len(roots(trace)) == 2
    assert not consequences(trace)


@pytest.mark.slow
def test_two_arguments_are_taken_out_of_one_statement(run_text: RunText) -> None:
    trace = run_text(
        "from keras.callbacks import TensorBoard\n"
        "board = TensorBoard(write_grads=True, batch_size=3)\nprint('made')\n"
    )
    assert trace.outcome.stdout == b"made\n"
    assert statuses(trace) == ["ok", "ok", "ok"]
    assert [event.before for event in trace.events if isinstance(event, Repair)] == [
        "write_grads=True, ",
        "batch_size=3",
    ]


def test_a_repair_is_made_on_an_unfinished_thing_all_the_same(run_text: RunText) -> None:
    trace = run_text("rows = []\nrows.append(1 / 0)\nprint(rows, np.zeros(3))\n")
    assert [line for line, _ in roots(trace)] == [2, 3]


def test_a_stale_value_is_not_used_after_a_failed_assignment(run_text: RunText) -> None:
    trace = run_text("x = 1\nx = 1 / 0\nprint(x)\n")
    assert roots(trace) == [(2, "ZeroDivisionError")]
    assert consequences(trace) == [3]
    assert trace.outcome.stdout == b""


def test_all_faults_of_a_loop_body_are_found(run_text: RunText) -> None:
    trace = run_text(
        "for i in range(3):\n    a = 1 / 0\n    print(i)\n    b = {}['k']\n    print(a)\nprint('after')\n"
    )
    assert roots(trace) == [(2, "ZeroDivisionError"), (4, "KeyError")]
    assert consequences(trace) == [5]
    assert trace.outcome.stdout.endswith(b"0\n1\n2\nafter\n")


def test_all_faults_of_a_function_are_found(run_text: RunText) -> None:
    trace = run_text(
        "def f(n):\n    a = n / 0\n    b = [][n]\n    return n + 1\n\nclass C:\n    def g(self):\n"
        "        self.h = undefined_here\n        return 5\nprint(f(1), C().g())\n"
    )
    assert roots(trace) == [(2, "ZeroDivisionError"), (3, "IndexError"), (8, "NameError")]
    assert trace.outcome.stdout == b"2 5\n"


@pytest.mark.parametrize(
    ("second", "own"),
    [
        ("x = check(x, 2)", False),
        ("y = check(z, 2)", True),  # reads something else
        ("x = x.nothing", True),  # has nothing to do with a shape
    ],
)
def test_what_a_function_could_not_change_is_not_judged_as_it_was(
    run_text: RunText, second: str, own: bool
) -> None:
    trace = run_text(
        "def check(x, n):\n    if x != n:\n        raise ValueError('shape')\n    return n\n"
        f"def f(x, z):\n    x = made(x)\n    {second}\n    return 1\nf(1, 1)\n"
    )
    assert roots(trace)[0] == (6, "NameError")
    assert bool(roots(trace)[1:]) is own


def test_a_value_that_a_function_cannot_return_is_lost_to_its_caller(run_text: RunText) -> None:
    trace = run_text("def f():\n    a = 1 / 0\n    return a\nb = f()\nprint(b.shape)\n")
    assert roots(trace) == [(2, "ZeroDivisionError")]
    assert set(consequences(trace)) == {3, 5}


def test_a_fault_in_a_function_that_is_held_elsewhere_is_cut_out_there_too(run_text: RunText) -> None:
    trace = run_text("def f():\n    1 / 0\n    return 3\nheld = [f]\nprint(held[0]())\n")
    assert roots(trace) == [(2, "ZeroDivisionError")]
    assert trace.outcome.stdout == b"3\n"


def test_a_missing_import_is_mended_and_recorded(run_text: RunText) -> None:
    trace = run_text("x = np.zeros(3)\nprint(x.sum())\n")
    repairs = [event for event in trace.events if isinstance(event, Repair)]
    assert [(repair.line, repair.rule, repair.after) for repair in repairs] == [
        (1, "missing-import", "import numpy as np")
    ]
    assert faults(trace)[0].repaired
    assert trace.outcome.stdout == b"0.0\n"
    assert statuses(trace) == ["ok", "ok"]


def test_what_an_attempt_has_made_is_not_in_the_way_of_the_next(run_text: RunText) -> None:
    trace = run_text(
        "import os, sys\n\nif True:\n    try:\n        os.mkdir('images')\n    except OSError:\n"
        "        sys.exit('it is there already')\n    print(np.zeros(3).shape)\nprint(os.listdir('images'))\n"
    )
    assert [fault.type for fault in faults(trace)] == ["NameError"]
    assert statuses(trace) == ["ok", "ok", "ok"]
    assert trace.outcome.stdout.decode().splitlines() == ["(3,)", "[]"]


def test_nor_where_a_statement_was_cut_out(run_text: RunText) -> None:
    trace = run_text("import os\nif True:\n    os.mkdir('images')\n    1 / 0\n    print(os.listdir('.'))\n")
    assert [fault.type for fault in faults(trace)] == ["ZeroDivisionError"]
    assert "images" in trace.outcome.stdout.decode()


def test_what_a_failed_statement_has_made_stays_for_those_behind_it(run_text: RunText) -> None:
    trace = run_text("import os\nos.mkdir('images'), 1 / 0\nprint(os.listdir('images'))\n")
    assert [fault.type for fault in faults(trace)] == ["ZeroDivisionError"]
    assert trace.outcome.stdout.decode().splitlines() == ["[]"]


@pytest.mark.slow
def test_a_program_of_tensorflow_1_runs_on_in_a_graph(run_text: RunText) -> None:
    trace = run_text(
        "import tensorflow as tf\n"
        "w = tf.Variable(tf.ones([2, 1]))\n"  # made before anything asks for a graph
        "x = tf.placeholder(tf.float32, [None, 2])\n"
        "y = tf.matmul(x, w)\n"
        "step = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_mean(y))\n"
        "sess = tf.Session()\n"
        "sess.run(tf.global_variables_initializer())\n"
        "for _ in range(2):\n"
        "    print(*sess.run(y, {x: [[1.0, 2.0]]}))\n"
        "    sess.run(step, {x: [[1.0, 2.0]]})\n"
    )
    assert all(fault.repaired for fault in faults(trace))
    assert trace.outcome.stdout.split() == [b"[3.]", b"[0.5]"]
    rules = [event.rule for event in trace.events if isinstance(event, Repair)]
    assert rules == ["removed-attribute", "needs-graph-mode", *["removed-attribute"] * 3]


def test_the_program_sees_itself_as_main_with_its_own_source(run_text: RunText) -> None:
    trace = run_text(
        "import inspect, sys, pickle\n\n\ndef f():\n    return 'here'\n\n\n"
        "print(__name__, inspect.getsource(f).splitlines()[0], inspect.getsourcelines(f)[1])\n"
        "print(pickle.loads(pickle.dumps(f))(), sys.argv[0] == __file__)\n"
        "print([name for name in globals() if 'errata' in name])\n"
    )
    assert trace.outcome.stdout.decode().splitlines() == ["__main__ def f(): 4", "here True", "[]"]


def test_lost_names_are_recorded_with_their_fault(run_text: RunText) -> None:
    trace = run_text("a, (b, *c) = 1 / 0\n")
    (lost,) = (event for event in trace.events if isinstance(event, Lost))
    assert lost.names == ("a", "b", "c")
    assert lost.fault == faults(trace)[0].seq


def test_unseeded_random_numbers_repeat_from_run_to_run(run_text: RunText) -> None:
    text = (
        "import random\nimport numpy as np\n"
        "print(random.random(), np.random.rand(), np.random.default_rng().random(), hash('x'))\n"
    )
    assert run_text(text).outcome.stdout == run_text(text).outcome.stdout
