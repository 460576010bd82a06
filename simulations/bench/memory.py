"""How much memory this process takes, as the kernel counts it."""

import re
from pathlib import Path


def peak() -> int:
    """Bytes resident at most so far, pages of mapped files included; since this program was loaded.

    (``getrusage`` would say how large the process was from which this one was started.)
    """
    return _status("VmHWM")


def own() -> int:
    """Bytes resident now that are no pages of files."""
    return _status("RssAnon")


def _status(key: str) -> int:
    text = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{key}:\s+(\d+) kB$", text, re.MULTILINE)
    if found is None:
        raise OSError(f"/proc/self/status does not tell {key}: memory can be measured on Linux only")
    return 1024 * int(found[1])
