"""A real `ostiary dev`, as a person would start it, and a way to talk to it by its public name."""

import contextlib
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Self, cast

import httpx2

from tests.ports import free_port

START = 60.0  # seconds; the machine may be busy, the server takes one or two
STOP = 15.0
DELIVERY = 5.0  # the promise is one second, on a machine that has nothing else to do

OSTIARY = Path(sys.executable).with_name("ostiary")


class Loopback(httpx2.BaseTransport):
    """Connects to 127.0.0.1 whatever the name, and still speaks the name as SNI and `Host`."""

    def __init__(self, certificate_authority: Path) -> None:
        trust = ssl.create_default_context(cafile=str(certificate_authority))
        self._wire = httpx2.HTTPTransport(verify=trust)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._wire.handle_request(
            httpx2.Request(
                request.method,
                request.url.copy_with(host="127.0.0.1"),
                headers=request.headers,  # its `Host` was made from the name
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": request.url.host},
            )
        )

    def close(self) -> None:
        self._wire.close()


class Server:
    """One server process on ports of its own; a context manager that starts and stops it."""

    def __init__(
        self,
        data: Path,
        *,
        config: Path | None = None,
        database: str | None = None,
        workers: int | None = None,
    ) -> None:
        self.data = data
        self.https_port, self.http_port, self.management_port = (free_port() for _ in range(3))
        self.url = f"https://id.demo.localhost:{self.https_port}"
        self.shop_url = f"https://shop.demo.localhost:{self.https_port}"
        self.http_url = f"http://127.0.0.1:{self.http_port}"
        self.management_url = f"http://127.0.0.1:{self.management_port}"
        self.certificate_authority = data / "tls" / "ca.pem"
        self.printed: list[str] = []
        options = {
            "--https-port": self.https_port,
            "--http-port": self.http_port,
            "--management-port": self.management_port,
            "--data": data,
            "--config": config,
            "--database": database,
            "--workers": workers,
        }
        self._command = [str(OSTIARY), "dev"]
        for name, value in options.items():
            if value is not None:
                self._command += [name, str(value)]
        self._log = data.with_suffix(".log")
        self._taken: set[str] = set()
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answers when the server has printed the line `ready`."""
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("OSTIARY_")}
        with self._log.open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True, env=surroundings
            )
        self._settled = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        self._settled.wait(START)
        if "ready" not in self.printed:
            self._process.kill()
            self._process.wait()
            self._listener.join()
            raise AssertionError(f"the server did not become ready\n{self.log()}")
        self.dev = self._open.enter_context(httpx2.Client(base_url=self.management_url))

    def stop(self) -> None:
        """Asks the server to end, as an operator would; it must say that all is well."""
        self._open.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._listener.join()
        assert code == 0, f"the server ended with {code}\n{self.log()}"

    def kill(self) -> None:
        """Ends the server and its workers as a power cut would; it can be started again."""
        self._open.close()
        for process in (*self.workers(), self._process.pid):
            os.kill(process, signal.SIGKILL)
        self._process.wait()
        self._listener.join()
        self.printed.clear()

    def workers(self) -> list[int]:
        """The processes that the server has started."""
        own = self._process.pid
        children = Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii")
        return [int(child) for child in children.split()]

    def log(self) -> str:
        """The command, what it printed, and the end of what it logged."""
        lines = self._log.read_text(encoding="utf-8").splitlines()[-40:]
        return "\n".join([" ".join(self._command), *self.printed, *lines])

    def client(self) -> httpx2.Client:
        """A client with cookies of its own, at the public address; closed with the server."""
        wire = Loopback(self.certificate_authority)
        return self._open.enter_context(httpx2.Client(transport=wire, base_url=self.url))

    # ---- what dev mode alone offers

    def inbox(self, **asked: str) -> list[dict[str, Any]]:
        """The messages sent (`to`, `channel`, `purpose`), newest first."""
        answer = self.dev.get("/dev/inbox.json", params=asked).raise_for_status()
        return cast(list[dict[str, Any]], answer.json()["messages"])

    def message(self, **asked: str) -> dict[str, Any]:
        """The newest message that no test has taken yet, which may still be on its way."""
        until = time.monotonic() + DELIVERY
        while True:
            for found in self.inbox(**asked):
                if found["id"] not in self._taken:
                    self._taken.add(found["id"])
                    return found
            assert time.monotonic() < until, f"no message {asked} in {DELIVERY} s"
            time.sleep(0.02)

    def code(self, **asked: str) -> str:
        """The code in the newest message that no test has taken yet."""
        return str(self.message(**asked)["code"])

    def now(self) -> int:
        """The server's time, in Unix seconds."""
        return int(self.dev.get("/dev/clock").raise_for_status().json()["now"])

    def advance(self, seconds: int) -> int:
        """Moves the server's clock forward; its new time."""
        answer = self.dev.post("/dev/clock", json={"advance": seconds}).raise_for_status()
        return int(answer.json()["now"])

    def reset(self) -> None:
        """Back to the configuration it was started with, and an empty inbox."""
        self.dev.post("/dev/reset").raise_for_status()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.printed.append(line.rstrip("\n"))
                if self.printed[-1] == "ready":
                    self._settled.set()
        self._settled.set()  # it has ended: there is nothing left to wait for
