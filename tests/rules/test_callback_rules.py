"""Callbacks that watch what is not reported."""

from __future__ import annotations

from harness.model import Fix
from tests.rules._traces import (
    compiled,
    evidence,
    fault,
    matches,
    noticed,
    repair,
)

STOPPED = (
    "Early stopping conditioned on metric `val_loss` which is not available. Available metrics are: loss"
)


REFUSED = "EarlyStopping callback received monitor=val_acc, but Keras isn't able to automatically determine"


def test_a_callback_without_validation_data_is_told_where_it_is_made() -> None:
    found = evidence(
        "stop = EarlyStopping(patience=3)\nm.fit(x, y, callbacks=[stop])",
        noticed("UserWarning", STOPPED, line=2),
        noticed("UserWarning", STOPPED, line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.message) == (
        1,
        "`EarlyStopping` watches `val_loss`, which this training does not report, because it has no "
        "validation data. It never stops the training. Give the training `validation_data`, or watch `loss`.",
    )


def test_a_checkpoint_on_the_old_name_of_the_accuracy_is_given_the_new_one() -> None:
    found = evidence(
        "best = ModelCheckpoint('m.keras', 'val_acc', save_best_only=True)\nm.fit(x, y)",
        compiled(1, metrics=("accuracy",)),
        noticed("UserWarning", "Can save best model only with val_acc available.", line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.fix) == (1, Fix("'val_acc'", "'val_accuracy'"))


def test_a_callback_that_keras_refuses_explains_the_fault() -> None:
    found = evidence(
        "stop = EarlyStopping(monitor='val_acc')\nm.fit(x, y)",
        compiled(1, metrics=("accuracy",)),
        fault("ValueError", REFUSED, line=2, repaired=True),
        repair("monitor-not-reported", "", "monitor='val_accuracy'", line=2),
    )
    (match,) = matches("monitor-not-reported", found)
    assert (match.line, match.explains) == (1, (1,))
    assert match.message.endswith("(it reports `val_accuracy`): Keras refuses it.")


def test_a_metric_of_the_programs_own_is_not_called_missing() -> None:
    words = REFUSED.replace("val_acc", "val_f1")
    found = evidence("m.fit(x, y)", compiled(1, metrics=("f1",)), fault("ValueError", words))
    assert not matches("monitor-not-reported", found)
