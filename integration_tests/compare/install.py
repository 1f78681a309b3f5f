"""The environments of the peers and of the pictures, each apart, with every version pinned in peers/."""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
# Airbyte's last version on PyPI takes no other Python than these.
PYTHONS = [(3, 10), (3, 11)]


class Unavailable(Exception):
    """What is needed cannot be had here."""


def environment(name, folder):
    """The interpreter of an environment that holds what peers/NAME.txt names; made when it is not there yet."""
    pins = HERE / "peers" / f"{name}.txt"
    home = folder / name
    python, mark = home / "bin" / "python", home / "pins"
    digest = hashlib.sha256(pins.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return python
    print(f"installing {name}", file=sys.stderr)
    venv.create(home, with_pip=True, clear=True)
    # Their own words about what they need are kept to: the pins are one solution of them.
    done = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement", pins],
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(f"pip cannot install {pins.name}: is PyPI reached from here?")
    mark.write_text(digest)
    return python


def supported():
    """Raises when this Python is none that Airbyte's connector takes."""
    if sys.version_info[:2] not in PYTHONS:
        wanted = " or ".join(".".join(map(str, one)) for one in PYTHONS)
        raise Unavailable(f"Airbyte's connector wants Python {wanted}; this is {sys.version.split()[0]} (set PYTHON)")
