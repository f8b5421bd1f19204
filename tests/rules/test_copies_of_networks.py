"""Networks that follow others, or teach them: which of the two is changed."""

from __future__ import annotations

import pytest

from tests.rules._traces import evidence, matches

LOOP = """\
target.set_weights(online.get_weights())
for step in range(99):
    with tf.GradientTape() as tape:
        loss = mse(target(s), online(s))
    grads = tape.gradient(loss, online.trainable_variables)
    optimizer.apply_gradients(zip(grads, online.trainable_variables))
    if step % 5 == 0:
        {copy}
"""


@pytest.mark.parametrize(
    ("copy", "found"),
    [
        ("online.set_weights(target.get_weights())", [8]),
        ("target.set_weights(online.get_weights())", []),
        ("online.set_weights(best)", []),  # kept from earlier
        ("online.set_weights(target.get_weights()); target.set_weights(mean)", []),
        ("online.set_weights(target.get_weights()); target.load_weights(path)", []),
        ("online.set_weights(target.get_weights()); target.fit(s, a)", []),
        ("other.set_weights(target.get_weights())", []),
        (
            "online.set_weights(target.get_weights())\n    for a, b in zip(target.variables, o): a.assign(b)",
            [],
        ),
    ],
)
def test_the_trained_network_is_not_overwritten(copy: str, found: list[int]) -> None:
    told = matches("trained-weights-overwritten", evidence(LOOP.format(copy=copy)))
    assert [match.line for match in told] == found


def test_a_beginning_that_is_come_back_to_is_asked_for_nothing() -> None:
    text = LOOP.format(copy="online.set_weights(target.get_weights())")
    assert not matches("trained-weights-overwritten", evidence(text.replace("target(s)", "wanted")))


AGENT = """\
class Agent:
    def sync(self):
        self.online.set_weights(self.target.get_weights())

    def learn(self, s):
        with tf.GradientTape() as tape:
            loss = mse(self.target(s), self.online(s))
        self.apply(tape.gradient(loss, self.online.trainable_variables))


agent = Agent()
{first}
for step in range(99):
    agent.learn(s)
    {later}
"""


@pytest.mark.parametrize(
    ("first", "later", "found"), [("pass", "agent.sync()", [3]), ("agent.sync()", "pass", [])]
)
def test_a_function_is_repeated_where_a_loop_calls_it(first: str, later: str, found: list[int]) -> None:
    told = matches("trained-weights-overwritten", evidence(AGENT.format(first=first, later=later)))
    assert [match.line for match in told] == found


def test_what_is_copied_before_all_loops_is_a_beginning() -> None:
    text = LOOP.format(copy="pass").replace("target.set_weights(online.", "online.set_weights(target.")
    assert not matches("trained-weights-overwritten", evidence(text))


STEP = """\
class Distiller(keras.Model):
    def train_step(self, x):
        with tf.GradientTape() as tape:
            wanted = {teacher}
            loss = mse(wanted, {student})
        variables = {variables}
        grads = tape.gradient(loss, variables)
{more}
"""
TEACHER, STUDENT = "self.teacher(x, training=False)", "self.student(x, training=True)"


@pytest.mark.parametrize(
    ("teacher", "student", "variables", "more", "found"),
    [
        (TEACHER, STUDENT, "self.trainable_variables", "", [6]),
        (TEACHER, STUDENT, "self.trainable_weights", "", [6]),
        (TEACHER, STUDENT, "self.student.trainable_variables", "", []),
        (f"tf.stop_gradient({TEACHER})", STUDENT, "self.trainable_variables", "", []),
        (TEACHER, STUDENT, "self.trainable_variables", "teacher.trainable = False", []),
        (TEACHER, "self.head(wanted, training=True)", "self.trainable_variables", "", []),  # its body
        (TEACHER, "self.student(x)", "self.trainable_variables", "", []),  # which is which is not said
        ("self.teacher(x, training=True)", STUDENT, "self.trainable_variables", "", []),
    ],
)
def test_a_teacher_stays_as_it_is(
    teacher: str, student: str, variables: str, more: str, found: list[int]
) -> None:
    text = STEP.format(teacher=teacher, student=student, variables=variables, more=more)
    told = matches("teacher-trained-with-student", evidence(text))
    assert [match.line for match in told] == found
