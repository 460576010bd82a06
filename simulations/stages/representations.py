"""The representations stage: the selected models embed utterances, and readers say what attribute they see in them.

Of every private utterance two things are said: by a reader that learned on the shadow corpora's utterances, embedded by
the same model, which whoever has the model can do; and by one that learned on the private speakers of all other folds,
which nobody outside can, and which tells what is there at all, as Jaiswal & Mower Provost 2020 ("Privacy enhanced
multimodal neural representations for emotion recognition") measure leakage by a classifier of labelled representations.
The same readers see the inputs, and what the models made of them before they were trained.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from safetensors.numpy import load_file, save_file

from fedser.artifacts.files import write_atomic
from fedser.artifacts.manifest import key_in, once
from fedser.engine.embedded import embeddings
from fedser.metrics.recall import Floats
from simulations.experiment import Experiment, Role
from simulations.progress import Bars, Update
from simulations.representations import INPUTS
from simulations.run_folder import RunFolder
from simulations.scoring.representations import Key, representations
from simulations.scoring.tables import write_csv
from simulations.stages.behind import features_of
from simulations.stages.finished import finished_state
from simulations.stages.prepared import Prepared
from simulations.stages.readings import Lessons, View, majority, private_truth, read

REPRESENTATIONS = "representations.csv"
_FILE = "scores.safetensors"
_SEPARATOR = "|"
_ROLES: tuple[Role, Role] = ("private", "shadow")


def read_representations(experiment: Experiment, folder: RunFolder, prepared: dict[Role, Prepared], bars: Bars) -> None:
    """Read off every private training's model what is not read yet, and write the table, where this is asked for."""
    if experiment.representations is None:
        (folder.path / REPRESENTATIONS).unlink(missing_ok=True)
        return
    lessons = Lessons(experiment, experiment.representations, prepared)
    trainings, found = experiment.trainings_of("private"), dict[Key, list[Floats]]()
    for name in trainings:
        inputs = {"training": key_in(folder.training(name))}
        views = partial(_embedded, lessons, folder, name)
        for key, scores in _once(lessons, folder, name, inputs, views, bars).items():
            found.setdefault(key, []).append(scores)
    beside = _once(lessons, folder, INPUTS, {}, partial(_inputs, prepared), bars) | dict(majority(lessons))
    found |= {key: [scores] * len(trainings) for key, scores in beside.items()}
    table = representations(found, private_truth(lessons), experiment.scores, experiment.stream("representations"))
    write_csv(folder.path / REPRESENTATIONS, table)


def _once(
    lessons: Lessons,
    folder: RunFolder,
    name: str,
    inputs: Mapping[str, str],
    views: Callable[[], Iterator[View]],
    bars: Bars,
) -> dict[Key, Floats]:
    """What is read off all ``views``, now or before: by reader, a score of each value for every private utterance."""
    place, experiment = folder.representations(name), lessons.experiment
    plain = lessons.config.model_dump(mode="json") | experiment.dump("attribute")
    inputs = {"features": key_in(folder.features)} | dict(inputs)

    def make() -> None:
        found = {key: scores for view in views() for key, scores in read(lessons, view, _told(bars, name, view))}
        named = {_SEPARATOR.join((f"{number:06}", *key)): scores for number, (key, scores) in enumerate(found.items())}
        write_atomic(place / _FILE, lambda part: save_file(named, part))

    once(place, "representations", plain, inputs, experiment.seed, make)
    return {_key(name): scores for name, scores in sorted(load_file(place / _FILE).items())}


def _key(name: str) -> Key:
    _, model, layer, reader, learned_on = name.split(_SEPARATOR)
    return model, layer, reader, learned_on


def _told(bars: Bars, name: str, view: View) -> Update:
    return bars.bar(f"read {name}" if name == INPUTS else f"read {name}, {view[0]} {view[1]}")


def _inputs(prepared: Mapping[Role, Prepared]) -> Iterator[View]:
    private, shadow = (features_of(prepared[role])[0] for role in _ROLES)
    yield INPUTS, INPUTS, private, shadow


def _embedded(lessons: Lessons, folder: RunFolder, name: str) -> Iterator[View]:
    simulation = lessons.experiment.simulation(name)
    layers = lessons.config.of(simulation.defended_model.hidden_layers)
    for title, model in (("trained", finished_state(folder, name).best), ("initial", None)):
        features = (features_of(lessons.prepared[role])[0] for role in _ROLES)
        private, shadow = (embeddings(simulation, x, model, layers) for x in features)
        for layer in layers:
            yield title, layer, private[layer], shadow[layer]
