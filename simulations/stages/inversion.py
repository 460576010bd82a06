"""The inversion stage: inverters rebuild the inputs behind some private updates, and are scored with the true ones."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file

from attacks.inversion import InversionConfig
from attacks.inversion.inverter import Observed, Rebuilt, Strangers
from attacks.splits import spread
from fedser.artifacts.files import write_atomic
from fedser.artifacts.manifest import key_in, once
from fedser.metrics.recall import Floats, Ints
from fedser.updates.store import Row
from fedser.updates.update import Update
from simulations.experiment import Experiment, Role
from simulations.oracle import Oracle
from simulations.progress import Bars
from simulations.run_folder import RunFolder
from simulations.scoring.inversion import Inverted, inversion_table, updates_table
from simulations.scoring.tables import UPDATE_KEY, AttackScores, write_csv
from simulations.stages.asking import progress_of
from simulations.stages.attacker import attackers_stream
from simulations.stages.behind import features_of, inputs_of, rows_behind
from simulations.stages.prepared import Prepared
from simulations.stages.references import taught_inputs
from simulations.stages.scene import Scene
from simulations.stages.truth import private_truth
from simulations.true_inputs import Inputs

INVERSION, UPDATES = "inversion.csv", "inversion_updates.csv"
_FILE, _TITLE = "rebuilt.safetensors", "inversion"


def invert(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> None:
    """Run every inverter that is not finished, and write the two tables; nothing where none is given."""
    places = [folder.path / name for name in (INVERSION, UPDATES)]
    if not experiment.inversion:
        for path in places:
            path.unlink(missing_ok=True)
        return
    scene = Scene(experiment, folder, prepared, bars)
    found = [one for label, config in experiment.inversion_labels().items() for one in _joined(scene, label, config)]
    updates = updates_table(found)
    stream = experiment.stream("inversion")
    table = inversion_table(
        updates, _read_off(scene, found), private_truth(experiment, prepared), experiment.scores, stream
    )
    for path, written in zip(places, (table, updates), strict=True):
        write_csv(path, written)


def _joined(scene: Scene, label: str, config: InversionConfig) -> Iterator[Inverted]:
    """What one inverter made, now or before, beside the true utterances and as many of other speakers."""
    chosen, data = _chosen(scene, config), scene.prepared["private"]
    speakers = data.utterances["speaker"].to_numpy(str)
    truth = rows_behind(scene.experiment, data, chosen)
    for row, rebuilt, rows in zip(chosen, _once(scene, label, config, chosen), truth, strict=True):
        strangers = np.flatnonzero(speakers != speakers[rows[0]])
        stream = scene.experiment.stream("inversion", "others", row.training, row.round, row.client)
        others = stream.numpy().choice(strangers, min(len(rows), len(strangers)), replace=False)
        true, beside = (inputs_of(scene.experiment, data, each) for each in (rows, others))
        yield Inverted(label, row.training, row.round, row.client, rebuilt, true, beside)


def _chosen(scene: Scene, config: InversionConfig) -> list[Row]:
    """The updates that are inverted: of equally many, the same for every inverter."""
    rows = scene.target.rows
    places = spread(rows, min(config.updates, len(rows)), attackers_stream(scene.experiment, _TITLE)("updates"))
    return [rows[place] for place in places]


def _once(scene: Scene, label: str, config: InversionConfig, chosen: Sequence[Row]) -> list[Rebuilt]:
    """One inverter's work, done now or found in its folder."""
    experiment, place = scene.experiment, scene.folder.inversion(label)
    plain, inputs = config.model_dump(mode="json"), {"features": key_in(scene.folder.features)}
    inputs |= {name: key_in(scene.folder.training(name)) for name in experiment.trainings_of("private")}

    def rebuild() -> None:
        _save(place / _FILE, list(_rebuilt(scene, label, config, chosen)))

    once(place, "inversion", plain, inputs, experiment.seed, rebuild)
    return _load(place / _FILE)


def _rebuilt(scene: Scene, label: str, config: InversionConfig, chosen: Sequence[Row]) -> Iterator[Rebuilt]:
    strangers, told = Strangers(*features_of(scene.prepared["shadow"])), progress_of(scene.bars, f"invert, {label}")
    stream = attackers_stream(scene.experiment, f"{_TITLE} {label}")
    for done, row in enumerate(chosen, 1):
        store = scene.target.stores[row.training]
        arrays = store.arrays(row.round, row.client)
        observed = Observed(
            Update(row.round, row.client, row.examples, arrays), store.broadcast(row.round), store.public
        )
        yield config.invert(observed, strangers, stream(row.training, row.round, row.client))
        told("updates", done, len(chosen))


def _save(path: Path, found: Sequence[Rebuilt]) -> None:
    arrays = {
        "x": np.concatenate([one.x for one in found]),
        "y": np.concatenate([one.y for one in found]).astype(np.int64),
        "sizes": np.array([len(one.y) for one in found]),
    }
    write_atomic(path, lambda part: save_file(arrays, part))


def _load(path: Path) -> list[Rebuilt]:
    arrays = load_file(path)
    ends = np.cumsum(arrays["sizes"])[:-1]
    return [Rebuilt(x, y) for x, y in zip(np.split(arrays["x"], ends), np.split(arrays["y"], ends), strict=True)]


def _read_off(scene: Scene, found: Sequence[Inverted]) -> list[AttackScores]:
    """The attribute, as the oracle that learns from the shadows' single utterances reads it off what was rebuilt, and
    off the true utterances of the same updates.
    """
    oracle = scene.experiment.oracle or Oracle()
    classes = len(scene.experiment.task.classes)
    cases = [(one.attack, one, Inputs(one.rebuilt.x, one.rebuilt.y.astype(np.int64), classes)) for one in found]
    first = {(one.training, one.round, one.client): one for one in found}
    cases += [(oracle.name, one, one.true) for one in first.values()]
    told, stream = progress_of(scene.bars, _TITLE), attackers_stream(scene.experiment, f"{_TITLE} {oracle.name}")
    there = np.array([len(inputs.y) > 0 for _, _, inputs in cases])
    scores: Floats = np.full((len(cases), len(scene.values)), 1.0 / len(scene.values))
    asked = [inputs for _, _, inputs in cases if len(inputs.y)]
    scores[there] = oracle.scores("utterances", *taught_inputs(scene), asked, stream, told)
    labels = np.array([label for label, _, _ in cases])
    rows = pd.DataFrame([(one.training, one.round, one.client) for _, one, _ in cases], columns=UPDATE_KEY)
    return [_of(label, rows, scores, np.flatnonzero(labels == label)) for label in dict.fromkeys(labels.tolist())]


def _of(label: str, rows: pd.DataFrame, scores: Floats, places: Ints) -> AttackScores:
    return AttackScores(label, _TITLE, rows.iloc[places].reset_index(drop=True), scores[places])
