from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.model import Confinement, Limits
from harness.sandbox import SandboxFailed, SandboxUnavailable, backends, choose, open_backend, unconfined
from harness.sandbox.backend import bubblewrap, landlock, unsafe
from harness.sandbox.plan import Backend


def test_the_strongest_backend_that_works_is_chosen() -> None:
    working = [name for name, available, _ in backends() if available]
    assert choose().name == working[0]


def test_backends_are_listed_strongest_first_and_without_the_unsafe_one() -> None:
    assert [name for name, _, _ in backends()] == ["bubblewrap", "landlock"]


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which nothing confines."""

    def no_landlock() -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr("harness.sandbox.stage2.landlock.abi", no_landlock)


@pytest.mark.usefixtures("bare_machine")
def test_50_without_any_backend_the_refusal_says_what_to_install() -> None:
    with pytest.raises(SandboxUnavailable) as refusal:
        choose()
    assert str(refusal.value).splitlines() == [
        "no way to confine a program works on this machine:",
        "- bubblewrap: the command bwrap is not installed; install bubblewrap (apt install bubblewrap) and"
        " allow user namespaces",
        "- landlock: the kernel offers no Landlock (Function not implemented); it needs Linux 6.2 or later"
        " with Landlock enabled (lsm=landlock,...)",
    ]
    assert [available for _, available, _ in backends()] == [False, False]


def test_50_a_bwrap_that_does_not_work_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/bin/false")
    with pytest.raises(SandboxUnavailable, match="cannot make its namespaces: it ended without a word"):
        open_backend("bubblewrap")


def test_50_a_bwrap_that_confines_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: "/bin/true")
    with pytest.raises(SandboxUnavailable, match="the sandbox did not start"):
        open_backend("bubblewrap")


def test_50_a_landlock_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.sandbox.stage2.landlock.abi", lambda: 2)
    with pytest.raises(SandboxUnavailable, match="has ABI 2, and ABI 3 is needed"):
        open_backend("landlock")


def test_50_without_confinement_every_flag_but_the_limits_says_so() -> None:
    assert unconfined().confinement == Confinement(
        backend="none",
        network=False,
        filesystem=False,
        processes=False,
        system_calls=False,
        privileges=False,
        limits=True,
        detail="not confined: only time, memory, processes, disk and output are bounded",
    )


def test_an_unknown_backend_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        open_backend("straw")


def test_backends_are_whole_values() -> None:
    for module in (bubblewrap, landlock, unsafe):
        assert isinstance(module.BACKEND, Backend)


@pytest.mark.parametrize("name", ["bubblewrap", "landlock", "none"])
def test_a_program_that_is_not_there_cannot_be_started(name: str, tmp_path: Path) -> None:
    with pytest.raises(SandboxFailed, match=r"could not start the program.*No such file"):
        open_backend(name).run(["no-such-program"], scratch=tmp_path, limits=Limits())


@pytest.mark.parametrize("name", ["bubblewrap", "landlock", "none"])
def test_a_scratch_folder_that_is_not_there_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_backend(name).run([sys.executable], scratch=tmp_path / "gone", limits=Limits())
