"""Attacks 1 to 8: reach anything outside through a socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.redteam


@pytest.fixture
def listener() -> Iterator[tuple[int, Callable[[], bool]]]:
    """A service on the host's loopback: its port, and whether anybody came."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)

        def visited() -> bool:
            try:
                server.accept()[0].close()
            except TimeoutError:
                return False
            return True

        yield server.getsockname()[1], visited


def test_01_tcp_reaches_no_address(ask: Callable[..., Any]) -> None:
    found = ask("""
        answer([errno_of(socket.create_connection, address, 3)
                for address in [("192.0.2.1", 80), ("10.0.0.1", 22), ("169.254.169.254", 80)]])
    """)
    assert set(found) <= {"ENETUNREACH", "EAFNOSUPPORT"}


def test_02_udp_and_name_resolution_fail(ask: Callable[..., Any]) -> None:
    found = ask("""
        def datagram():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.sendto(b"x", ("192.0.2.1", 53))
        def resolve():
            socket.getaddrinfo("example.org", 80)
        answer([errno_of(datagram), errno_of(resolve)])
    """)
    assert found[0] in {"ENETUNREACH", "EAFNOSUPPORT"}
    assert found[1] != "done"


def test_03_services_on_the_hosts_loopback_are_out_of_reach(
    ask: Callable[..., Any], listener: tuple[int, Callable[[], bool]]
) -> None:
    port, visited = listener
    found = ask(f"""answer(errno_of(socket.create_connection, ("127.0.0.1", {port}), 3))""")
    assert found in {"ECONNREFUSED", "EAFNOSUPPORT"}
    assert not visited()


def test_04_other_address_families_do_not_exist(ask: Callable[..., Any]) -> None:
    found = ask("""
        vsock, alg, netlink, packet, can, bluetooth, tipc = families = (40, 38, 16, 17, 29, 31, 30)
        answer({number: errno_of(socket.socket, number, socket.SOCK_DGRAM) for number in families})
    """)
    assert set(found.values()) == {"EAFNOSUPPORT"}


def test_05_io_uring_is_denied(ask: Callable[..., Any]) -> None:
    assert ask("answer([call(425, 425, 1, 0), call(426, 426, 0, 0), call(427, 427, 0, 0)])") == ["EPERM"] * 3


def test_06_raw_sockets_are_denied(ask: Callable[..., Any]) -> None:
    found = ask("answer([errno_of(socket.socket, family, 3, 1) for family in (2, 10, 17)])")
    assert set(found) <= {"EPERM", "EAFNOSUPPORT"}


def test_07_abstract_unix_sockets_of_the_host_are_out_of_reach(ask: Callable[..., Any]) -> None:
    name = f"\0errata-{threading.get_ident()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        found = ask(f"answer(errno_of(lambda: socket.socket(socket.AF_UNIX).connect({name!r})))")
    assert found in {"ECONNREFUSED", "EAFNOSUPPORT"}


def test_08_unix_sockets_of_the_host_are_not_there(
    ask: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the whole path may be too long for a socket's address
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("host.sock")
        server.listen()
        Path("host.sock").chmod(0o777)
        code = """
            os.chdir("..")
            tried = ["host.sock", "/run/docker.sock", "/var/run/docker.sock", "/run/dbus/system_bus_socket"]
            answer([errno_of(lambda: socket.socket(socket.AF_UNIX).connect(path)) for path in tried])
        """
        assert set(ask(code)) <= {"ENOENT", "EAFNOSUPPORT"}
