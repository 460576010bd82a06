"""What a bench found, as one value and as files: tidy tables as csv, the machine and the setting as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from fedser.artifacts.files import write_json, write_text
from simulations.bench.agreement import Agreement
from simulations.bench.measure import Sample
from simulations.bench.ratios import Ratio
from simulations.bench.setting import Setting


@dataclass(frozen=True)
class Results:
    """One run of the bench."""

    setting: Setting
    machine: dict[str, Any]
    samples: tuple[Sample, ...]
    ratios: tuple[Ratio, ...]
    agreements: tuple[Agreement, ...]

    @property
    def agree(self) -> bool:
        """Whether all sides computed the same, without which no ratio means anything."""
        return all(agreement.holds for agreement in self.agreements)

    def write(self, folder: Path) -> None:
        """``seconds.csv`` (every repetition), ``ratios.csv``, ``agreement.csv`` and ``machine.json``."""
        _write_csv(folder / "seconds.csv", self.samples)
        _write_csv(folder / "ratios.csv", self.ratios)
        _write_csv(folder / "agreement.csv", self.agreements)
        write_json(folder / "machine.json", {"machine": self.machine, "setting": self.setting.model_dump(mode="json")})


def _write_csv(path: Path, rows: Sequence[Sample] | Sequence[Ratio] | Sequence[Agreement]) -> None:
    write_text(path, pd.DataFrame([asdict(row) for row in rows]).to_csv(index=False))
