"""Full confinement by bubblewrap: namespaces for everything, a file system built from nothing.

Started by root, bubblewrap sets up the namespaces with root's privileges and the launcher then
becomes an unprivileged user: no process keeps uid 0.  Started by anyone else it needs user
namespaces, which some distributions forbid.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path

from harness.model import Confinement
from harness.sandbox import interpreter, seccomp
from harness.sandbox.errors import SandboxUnavailable
from harness.sandbox.plan import SHARED_MEMORY, STAGE2, TEMPORARY, Backend, Opened, Plan, Request, tmpfs_size

_STAGE2_INSIDE = "/run/errata"
# Sockets of these families reach nothing but the sandbox's own, empty network namespace.
_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
_PROBE_SECONDS = 10.0


def _open() -> Opened:
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailable("the command bwrap is not installed")
    try:
        filtering = seccomp.program(seccomp.Profile(families=_FAMILIES))
    except seccomp.UnknownMachine as error:
        raise SandboxUnavailable(str(error)) from error
    as_root = os.geteuid() == 0 and _works(program, _privileged())
    if not as_root and not _works(program, _namespaced()):
        raise SandboxUnavailable(f"bwrap cannot make its namespaces: {_complaint(program, _namespaced())}")

    def plan(request: Request, stack: ExitStack) -> Plan:
        data = [_memory_file(stack, text) for text in _accounts(request)]
        arguments = [*(_privileged() if as_root else _namespaced()), *_file_system(request, data)]
        drop = "launcher" if as_root and request.identity else None
        return Plan(
            stage2=_STAGE2_INSIDE,
            prefix=(program, *arguments, "--"),
            descriptors=tuple(data),
            settings={"seccomp": filtering.hex(), "drop": drop},
            drop_first=not as_root,
        )

    def wall(request: Request, stack: ExitStack) -> Plan:
        data = [_memory_file(stack, text) for text in _accounts(request)]
        drop = "launcher" if as_root and request.identity else None
        arguments = _walls(as_root)
        return Plan(
            stage2=_STAGE2_INSIDE,
            prefix=(program, *arguments, *_file_system(request, data, own_proc=as_root), "--"),
            descriptors=tuple(data),
            settings={"seccomp": filtering.hex(), "drop": drop, "proc": as_root},
            drop_first=not as_root,
        )

    return Opened(_confinement(program, as_root), plan, wall)


def _confinement(program: str, as_root: bool) -> Confinement:
    version = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    how = "set up by root, run as an unprivileged user" if as_root else "in a user namespace"
    return Confinement("bubblewrap", True, True, True, True, True, True, f"{version}, {how}")


def _privileged() -> list[str]:
    capabilities = ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    return [*_namespaces(), *capabilities]


def _namespaced() -> list[str]:
    return ["--unshare-user", "--disable-userns", *_namespaces()]


def _walls(as_root: bool) -> list[str]:
    """Walls inside which further user namespaces can be made, for the rooms.

    bubblewrap's own /proc hides parts of it from root, and inside such a one the kernel would allow
    no other; so the launcher mounts it, before it gives its rights away.  What is behind the wall
    lives as long as its leash is held, not as long as the thread that happened to start it.
    """
    given = [*_privileged(), "--cap-add", "CAP_SYS_ADMIN"] if as_root else _namespaced()
    return [word for word in given if word not in ("--disable-userns", "--die-with-parent")]


def _namespaces() -> list[str]:
    kinds = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"]
    return [*kinds, "--hostname", "errata", "--die-with-parent", "--new-session", "--as-pid-1"]


def _file_system(request: Request, data: list[int], *, own_proc: bool = False) -> list[str]:
    size = str(tmpfs_size(request.limits))
    return [
        *_system(),
        *("--dir" if own_proc else "--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", size, "--tmpfs", SHARED_MEMORY, "--remount-ro", "/dev"),
        *("--perms", "1777", "--size", size, "--tmpfs", TEMPORARY),
        *_etc(data),
        *_program(request),
        *_parents(request.scratch),
        *("--bind", str(request.scratch), str(request.scratch)),
        *("--remount-ro", "/", "--chdir", "/"),
    ]


def _system() -> list[str]:
    arguments: list[str] = []
    for name in map(Path, interpreter.SYSTEM):
        if name.is_symlink():
            arguments += ["--symlink", str(name.readlink()), str(name)]
        elif name.exists():
            arguments += ["--ro-bind", str(name), str(name)]
    for path in interpreter.PROCESSORS:
        arguments += [*_parents(Path(path)), "--ro-bind-try", path, path]
    return arguments


def _etc(data: list[int]) -> list[str]:
    arguments = ["--dir", "/etc"]
    for path in interpreter.ETC:
        arguments += ["--ro-bind-try", path, path]
    for descriptor, path in zip(data, ("/etc/passwd", "/etc/group", "/etc/hosts"), strict=True):
        arguments += ["--perms", "0444", "--ro-bind-data", str(descriptor), path]
    return arguments


def _program(request: Request) -> list[str]:
    """The interpreter, what the caller lets be read, and the launcher."""
    arguments: list[str] = []
    for folder in interpreter.outermost([*interpreter.prefixes(), *request.readable]):
        if not folder.is_relative_to("/usr"):
            arguments += [*_parents(folder), "--ro-bind", str(folder), str(folder)]
    for link, target in interpreter.links():
        arguments += [*_parents(link), "--symlink", target, str(link)]
    inside = Path(_STAGE2_INSIDE, STAGE2.name)
    return [*arguments, *_parents(inside), "--ro-bind", str(STAGE2), str(inside)]


def _parents(path: Path) -> list[str]:
    """Make the folders above ``path`` beforehand: bubblewrap would close them to an unprivileged user."""
    above = [str(folder) for folder in reversed(path.parents) if folder != Path("/")]
    return [argument for folder in above for argument in ("--dir", folder)]


def _accounts(request: Request) -> tuple[str, str, str]:
    """/etc/passwd, /etc/group and /etc/hosts of a machine that knows one user and itself."""
    uid = request.identity.uid if request.identity else os.geteuid()
    gid = request.identity.gid if request.identity else os.getegid()
    home = request.scratch
    return (f"errata:x:{uid}:{gid}::{home}:/bin/sh\n", f"errata:x:{gid}:\n", "127.0.0.1 localhost errata\n")


def _memory_file(stack: ExitStack, text: str) -> int:
    descriptor = os.memfd_create("errata")
    stack.callback(os.close, descriptor)
    os.write(descriptor, text.encode())
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _works(program: str, arguments: list[str]) -> bool:
    return not _complaint(program, arguments)


def _complaint(program: str, arguments: list[str]) -> str:
    """Why bubblewrap cannot run a trivial command with these arguments; "" where it can."""
    command = [
        program,
        *arguments,
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--",
        "/bin/true",
    ]
    user = 65534 if os.geteuid() == 0 and "--unshare-user" in arguments else None
    try:
        done = subprocess.run(
            command, env={}, capture_output=True, timeout=_PROBE_SECONDS, check=False, user=user, group=user
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return (
        ""
        if done.returncode == 0
        else done.stderr.decode(errors="replace").strip() or "it ended without a word"
    )


BACKEND = Backend(
    name="bubblewrap",
    strength=20,
    install="install bubblewrap (apt install bubblewrap) and allow user namespaces",
    open=_open,
)
