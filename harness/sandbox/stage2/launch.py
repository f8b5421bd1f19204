"""Start the untrusted command, wait for it, leave nothing of it behind.

``main`` runs as process 1 of the sandbox's pid namespace or, without one, as the parent and reaper
of the command's whole tree.  It holds the read end of a leash: when the supervisor's end closes,
for whatever reason, the tree ends.  How the command ended is written to a status pipe that the
command itself never holds, as lines: "started", then "exit N", "signal N" or "failed WHY".
"""

from __future__ import annotations

import fcntl
import marshal
import os
import resource
import select
import signal

from . import libc
from .tree import end_descendants

TYPE_CHECKING = False  # the real one costs the import of typing, and every run waits for this module
if TYPE_CHECKING:
    from typing import Any, NoReturn

_RECORDS = 3  # the descriptor at which the command finds its record channel
HIGH = 10  # descriptors from here on are free while the low ones are arranged
_END_SECONDS = 5.0


def main(config_descriptor: int) -> None:
    with os.fdopen(config_descriptor, "rb") as file:
        config: dict[str, Any] = marshal.load(file)  # written by the harness, in this same interpreter
    leash, status = config["leash"], config["status"]
    first = os.getpid() == 1  # process 1 dies with the sandbox's own parent, and its children with it
    wake = wake_on_signals(() if first else (signal.SIGTERM,))
    if not first:
        libc.become_subreaper()
        libc.set_parent_death_signal(signal.SIGTERM)
    if config["proc"]:
        libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)
    if config["drop"] == "launcher":
        _drop(config["uid"], config["gid"])
    libc.set_dumpable(False)
    os.write(status, b"started\n")
    child = os.fork()
    if child == 0:
        _become_command(config)
    ended = wait(child, leash, wake)
    if not first:
        end_descendants(_END_SECONDS)
    if ended is not None:
        os.write(status, describe(ended))
    os._exit(0)


def wake_on_signals(others: tuple[int, ...]) -> int:
    """A descriptor that becomes readable when a child ends or one of ``others`` arrives.

    Process 1 takes no signal from inside its namespace for which it has no handler, so it has as
    few as possible.
    """
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGCHLD, *others):
        signal.signal(number, lambda *_: None)
    return read


def wait(child: int, leash: int, wake: int) -> int | None:
    """Reap until ``child`` has ended; its wait status, or None when the leash was let go."""
    poll = select.poll()
    poll.register(leash, select.POLLIN | select.POLLHUP)
    poll.register(wake, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if leash in ready or (wake in ready and signal.SIGTERM in os.read(wake, 512)):
            return None
        pid = -1
        while pid:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                return status


def describe(status: int) -> bytes:
    if os.WIFSIGNALED(status):
        return b"signal %d\n" % os.WTERMSIG(status)
    return b"exit %d\n" % os.WEXITSTATUS(status)


def _become_command(config: dict[str, Any]) -> NoReturn:
    report = config["status"]
    try:
        os.setsid()
        restore_signals()
        report = arrange_descriptors(config)
        confine(config)
        command = config["command"]
        os.execvpe(command[0], command, config["environment"])
    except BaseException as error:  # whatever went wrong, the command must not start half confined
        os.write(report, f"failed {error}".replace("\n", " ").encode() + b"\n")
    os._exit(127)


def restore_signals() -> None:
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def arrange_descriptors(config: dict[str, Any]) -> int:
    """Leave 0, 1, 2 and the record channel; returns where failures are told until the command runs."""
    report = fcntl.fcntl(config["status"], fcntl.F_DUPFD_CLOEXEC, HIGH)
    kept = {0, 1, 2, report}
    if config["records"] is not None:
        records = fcntl.fcntl(config["records"], fcntl.F_DUPFD_CLOEXEC, HIGH)
        os.dup2(records, _RECORDS, inheritable=True)
        kept.add(_RECORDS)
    with os.scandir("/proc/self/fd") as listing:
        opened = [int(entry.name) for entry in listing]
    for descriptor in opened:
        if descriptor not in kept:
            try:  # noqa: SIM105 - importing contextlib would be waited for at every start
                os.close(descriptor)
            except OSError:  # that of the listing itself
                pass
    return report


def confine(config: dict[str, Any]) -> None:
    if config["view"] is not None or config["landlock"] is not None:
        # Not at the top, because few runs need them; not later, because this package may be covered.
        from . import landlock, view

    libc.set_dumpable(True)
    if config["view"] is not None:
        view.separate(new_user_namespace=config["view"]["new_user_namespace"])
        view.make_read_only(config["directory"])
        for folder, size, mode in config["view"]["covers"]:
            view.cover(folder, size=size, mode=mode, keep=config["view"]["keep"])
    if config["drop"] == "command":
        _drop(config["uid"], config["gid"])
    libc.set_parent_death_signal(signal.SIGKILL)
    os.umask(0o022)
    for name, value in config["limits"].items():
        _, hard = resource.getrlimit(getattr(resource, name))
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(getattr(resource, name), (bound, bound))
    os.chdir(config["directory"])
    if config["confined"]:
        libc.give_up_new_privileges()
    if config["landlock"] is not None:
        landlock.restrict([(path, right) for path, right in config["landlock"]])
    if config["seccomp"] is not None:
        libc.install_filter(bytes.fromhex(config["seccomp"]))


def _drop(uid: int, gid: int) -> None:
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
