"""What Flower and Ray are told before they are imported: no reports, no look-ups, no writing into the home folder."""

import atexit
import os
import secrets
import shutil
import sys
import tempfile

_SETTINGS = {
    "FLWR_TELEMETRY_ENABLED": "0",
    "FLWR_DISABLE_UPDATE_CHECK": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    # Leaves the visible devices of a worker as they are; unset, Ray warns of a default that is to change.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray watches the memory of the whole machine and ends its own workers when another program needs it.
    "RAY_memory_monitor_refresh_ms": "0",
}


def prepare() -> None:
    """Set what is not set yet; to be called before the first import of flwr or ray (they read it then)."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    if "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        # Ray's ports are open to other machines: it is to refuse whoever does not know this word.
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    if "FLWR_HOME" not in os.environ:
        # Flower writes a random identity of this machine there, even without telemetry.
        os.environ["FLWR_HOME"] = tempfile.mkdtemp(prefix="fedser-flower-")
        atexit.register(shutil.rmtree, os.environ["FLWR_HOME"], ignore_errors=True)
