"""Runs one command and tells what it cost, as the kernel counts: measure.py SECONDS OUT ERR COMMAND…

It is a process of its own and small, because the kernel counts the memory of whoever starts a process as that process' first
peak: what it tells of memory is true from its own size on, some 10 MiB.
"""

import json
import os
import signal
import sys
import time


def run(seconds, out, err, command):
    """Runs it for so many seconds at most."""
    begun = time.monotonic()
    process = os.fork()
    if process == 0:
        # A group of its own, so that what it starts ends with it.
        os.setpgid(0, 0)
        for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
            mode = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            os.dup2(os.open(path, mode, 0o644), number)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        finally:
            os._exit(127)
    stopped = []

    def stop(*_):
        stopped.append(True)
        os.killpg(process, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status, usage = os.wait4(process, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return {
        "seconds": round(time.monotonic() - begun, 2),
        "cpu": round(usage.ru_utime + usage.ru_stime, 3),
        "mib": round(usage.ru_maxrss / 1024, 1),
        "exit": None if stopped else os.waitstatus_to_exitcode(status),
    }


if __name__ == "__main__":
    _, limit, out, err, *command = sys.argv
    print(json.dumps(run(float(limit), out, err, command)))
