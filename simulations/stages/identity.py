"""The identity stage: linkers learn on shadow stores, embed the private updates, and are scored with the truth."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from attacks.identity import LinkerConfig
from fedser.artifacts.files import write_atomic, write_text
from fedser.artifacts.manifest import key_in, once
from simulations.experiment import Experiment, Role
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring.identity import identity_tables
from simulations.scoring.linkage import Embedded
from simulations.scoring.tables import write_csv
from simulations.stages.asking import progress_of
from simulations.stages.attacker import attackers_stream
from simulations.stages.prepared import Prepared
from simulations.stages.scene import Scene
from simulations.stages.truth import clients_table, values_of

IDENTITY, CURVES = "identity.csv", "identity_det.csv"


def identify(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> None:
    """Run every linker that is not finished, and write the two tables; nothing where no linker is given."""
    tables = [folder.path / name for name in (IDENTITY, CURVES)]
    if experiment.identity is None:
        for path in tables:
            path.unlink(missing_ok=True)
        return
    scene = Scene(experiment, folder, prepared, bars)
    found = [_once(scene, linker) for linker in experiment.identity.linkers]
    written = identity_tables(
        found, _who(experiment, prepared), experiment.identity, experiment.scores, experiment.stream("identity")
    )
    for path, table in zip(tables, written, strict=True):
        write_csv(path, table)


def _once(scene: Scene, linker: LinkerConfig) -> Embedded:
    """One linker's embedding, made now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.linker(linker.label)
    trainings = [*experiment.trainings_of("private"), *experiment.trainings_of("shadow", experiment.statics[0])]
    inputs = {name: key_in(scene.folder.training(name)) for name in trainings}
    plain = linker.model_dump(mode="json")
    once(place, "identity", plain, inputs, experiment.seed, partial(_embed, scene, linker, place))
    updates = pd.read_csv(place / "updates.csv", dtype={"training": str, "client": str})
    return Embedded(linker.label, updates, np.load(place / "embedding.npy"))


def _embed(scene: Scene, linker: LinkerConfig, place: Path) -> None:
    (lesson,) = scene.lessons(("trained",), scene.experiment.statics[0])
    progress = progress_of(scene.bars, linker.label)
    fitted = linker.fit(lesson.shadow, attackers_stream(scene.experiment, linker.label), progress)
    vectors = fitted.embed(lesson.target, progress)
    rows = [(row.training, row.round, row.client) for row in lesson.target.rows]
    write_text(place / "updates.csv", pd.DataFrame(rows, columns=["training", "round", "client"]).to_csv(index=False))
    write_atomic(place / "embedding.npy", lambda part: _save(part, vectors))


def _save(path: Path, vectors: np.ndarray) -> None:
    with path.open("wb") as file:  # numpy would add a suffix to a name
        np.save(file, vectors)


def _who(experiment: Experiment, prepared: dict[Role, Prepared]) -> pd.DataFrame:
    """Columns training, client, who: the person behind each private client of each training."""
    data = prepared["private"]
    clients = clients_table(experiment, "private", data, values_of(experiment.attribute, prepared["shadow"]))
    return clients[["training", "client"]].assign(who=clients["speaker"].map(data.persons))
