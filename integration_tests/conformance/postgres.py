"""PostgreSQL as Debian has it, on a free port of loopback, for as long as the `with` lasts."""

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

TRIES = 100


def programs():
    """Where its newest version is, or nothing."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    user = "airbyte"

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="postgres-")
        # It refuses to run as root.
        self.who = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        if self.who:
            shutil.chown(self.folder, "nobody")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        data = f"{self.folder}/data"
        self.run("initdb", "--no-sync", "--auth=trust", f"--username={self.user}", f"--pgdata={data}").wait()
        self.server = self.run("postgres", "-D", data, "-p", str(self.port), "-k", self.folder, "-h", "127.0.0.1", "-F")
        for _ in range(TRIES):
            if self.run("pg_isready", "--quiet", "--host=127.0.0.1", f"--port={self.port}").wait() == 0:
                return self
            time.sleep(0.1)
        raise RuntimeError(pathlib.Path(self.folder, "log").read_text())

    def run(self, program, *arguments):
        with open(f"{self.folder}/log", "a") as log:
            return subprocess.Popen([programs() / program, *arguments], stdout=log, stderr=log, cwd=self.folder, **self.who)

    def __exit__(self, *_):
        # A fast shutdown: whoever is connected is sent away.
        self.server.send_signal(2)
        self.server.wait()
        shutil.rmtree(self.folder)
