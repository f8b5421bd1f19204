"""Rooms: inside one wall, a process that is ready to go on forks a child per run into a room of its own.

The process that calls ``serve`` is trusted and holds no privilege.  A child enters user, process,
mount, IPC and network namespaces that nobody else is in, mounts what a run may see, gives up every
right that this took, and then either returns from ``serve`` (the run goes on in the forked process)
or becomes another command.
"""

from __future__ import annotations

import array
import fcntl
import marshal
import os
import signal
import socket
import struct
from pathlib import Path

from . import launch, libc, view

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

READY = b"ready"
_MOST_DESCRIPTORS = 8
_LONGEST_REQUEST = 1 << 17
_SET_FLAGS, _GET_FLAGS, _UP = 0x8914, 0x8913, 1  # SIOCSIFFLAGS, SIOCGIFFLAGS, IFF_UP


def serve(control: int) -> None:
    """Answer requests until the harness hangs up; returns only in a child that has entered its room.

    A request is one message: its settings, and the descriptors of standard input, output, errors,
    the leash, the status pipe and perhaps the record channel.
    """
    connection = socket.socket(fileno=control)
    libc.set_dumpable(False)
    connection.send(READY)
    while True:
        message, descriptors, _, _ = socket.recv_fds(connection, _LONGEST_REQUEST, _MOST_DESCRIPTORS)
        if not message:
            os._exit(0)
        child = os.fork()
        if child == 0:
            connection.close()
            _enter(marshal.loads(message), descriptors)  # written by the harness, in this same interpreter
            return
        for descriptor in descriptors:
            os.close(descriptor)
        os.waitpid(child, 0)  # it ends as soon as the room's first process exists


def _enter(config: dict[str, Any], descriptors: list[int]) -> None:
    """Build the room; returns in the process that is to go on as the run."""
    for number in range(3):  # in the order of the request, out of the way of what they replace
        descriptors[number] = fcntl.fcntl(descriptors[number], fcntl.F_DUPFD_CLOEXEC, launch.HIGH)
    streams, (leash, status) = descriptors[:3], descriptors[3:5]
    config["status"], config["records"] = status, descriptors[5] if len(descriptors) > 5 else None
    try:
        libc.set_dumpable(True)  # only so can a process say who it is in its new user namespace
        view.separate(
            new_user_namespace=True, others=libc.CLONE_NEWPID | libc.CLONE_NEWIPC | libc.CLONE_NEWNET
        )
        if os.fork():
            os._exit(0)
        _first(config, streams, leash, status)
    except BaseException as error:  # whatever went wrong, nothing may go on half confined
        os.write(status, f"failed {error}".replace("\n", " ").encode() + b"\n")
        os._exit(127)


def _first(config: dict[str, Any], streams: list[int], leash: int, status: int) -> None:
    """Process 1 of the room: furnish it, start the run, wait; returns in the run."""
    wake = launch.wake_on_signals(())
    _furnish(config["room"])
    _loopback_up()
    libc.drop_capabilities()
    libc.give_up_new_privileges()
    libc.set_dumpable(False)
    # The harness learns from this message who we are, and answers when it is watching.
    os.write(leash, b"here")
    if not os.read(leash, 1):
        os._exit(0)
    os.write(status, b"started\n")
    child = os.fork()
    if child == 0:
        _become_run(config, streams)
        return
    ended = launch.wait(child, leash, wake)
    if ended is not None:
        os.write(status, launch.describe(ended))
    os._exit(0)


def _furnish(room: dict[str, Any]) -> None:
    handle = os.open(room["source"], os.O_PATH | os.O_CLOEXEC)
    libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)
    terminals = "newinstance,ptmxmode=0666,mode=620"
    libc.mount("devpts", "/dev/pts", "devpts", libc.MS_NOSUID | libc.MS_NOEXEC, terminals)
    for folder, size, mode in room["covers"]:
        view.cover(folder, size=size, mode=mode, keep=room["keep"])
    Path(room["target"]).mkdir(parents=True)
    libc.mount(f"/proc/self/fd/{handle}", room["target"], "none", libc.MS_BIND)
    os.close(handle)


def _loopback_up() -> None:
    """A new network namespace has nothing but a loopback device, which is down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = array.array("B", struct.pack("16sH14x", b"lo", 0))
        fcntl.ioctl(any_socket, _GET_FLAGS, request)
        name, flags = struct.unpack("16sH14x", request)
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", name, flags | _UP))


def _become_run(config: dict[str, Any], streams: list[int]) -> None:
    report = config["status"]
    try:
        os.setsid()
        launch.restore_signals()
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number, inheritable=True)
        report = launch.arrange_descriptors(config)
        launch.confine(config)
        if config["command"] is not None:
            os.execvpe(config["command"][0], config["command"], config["environment"])
        os.environ.clear()
        os.environ.update(config["environment"])
        # What the interpreter itself sets when it starts.
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(report)
    except BaseException as error:  # as above; what is above us now holds no status pipe any more
        os.write(report, f"failed {error}".replace("\n", " ").encode() + b"\n")
        os._exit(127)
