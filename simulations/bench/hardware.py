"""The machine of a measurement: without it, seconds say nothing."""

import os
import platform
from pathlib import Path
from typing import Any

import torch

from fedser.artifacts.manifest import versions
from fedser.pool import cores


def describe() -> dict[str, Any]:
    """Processor, cores, memory, load when asked, and the versions that decide a speed."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "cores_usable": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "load_average": round(os.getloadavg()[0], 2),
        "system": platform.platform(),
        "torch_capability": torch.backends.cpu.get_cpu_capability(),
        "torch_threads": 1,
        "gpus": [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())],
        "versions": versions(),
    }


def _cpu() -> str:
    """The processor's name as the kernel tells it, else as Python does."""
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
