"""A cell as an experiment, so that the stages of a run can run it."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from attacks import AttackConfig
from attacks.cnn.attack import Cnn
from fedser.corpora.synthetic import Synthetic
from fedser.engine.cohort import Cohort
from fedser.engine.selection import Selection
from fedser.features.opensmile import OpenSmile
from fedser.partition.clients import BySpeaker
from fedser.updates.capture import Capture
from simulations.bench.table4 import Cell, Shape
from simulations.checks import parameter_shapes
from simulations.experiment import Corpora, Experiment, Trainings
from simulations.families import members, plugin_name
from simulations.scoring import Scores

ATTACKS = tuple(plugin_name(kind) for kind in members(AttackConfig) if kind is not Cnn)
"""The names of all attacks but the CNN."""

SELECTED_FROM = 0.75
"""The paper selects a model after 150 of its 200 rounds."""


def cell_experiment(
    cell: Cell, rounds: int, trainings: Trainings, engine: Cohort, seed: int, attacks: Sequence[str], cnn: Cnn | None
) -> Experiment:
    """The named attacks as they come, and a CNN; where all of them allow it, only what they read is captured.

    The corpora and features named in it are never read: their places are taken by synthetic ones.
    """
    known: TypeAdapter[AttackConfig] = TypeAdapter(AttackConfig)
    others = [known.validate_python({"name": name}) for name in attacks]
    experiment = Experiment(
        name="cell",
        seed=seed,
        corpora=Corpora(private=_placeholder(cell.private), shadow=tuple(map(_placeholder, cell.shadow))),
        features=OpenSmile(),
        partition=BySpeaker(),
        algorithm=cell.algorithm,
        rounds=rounds,
        selection=Selection(from_round=max(1, round(SELECTED_FROM * rounds))),
        engine=engine,
        trainings=trainings,
        attacks=(*others, cnn) if cnn else tuple(others),
        scores=Scores(inputs=False),  # the synthetic inputs bear no descriptors' names
    )
    return experiment.model_copy(update={"capture": _capture(experiment, cell.dims)})


def _capture(experiment: Experiment, dims: int) -> Capture:
    """Half precision where whole updates are needed: a cell's shadows alone are 20 GB in float32."""
    shapes = parameter_shapes(experiment.simulation("cell"), dims)
    whole = any(attack.reductions(shapes) is None for attack in experiment.attacks)
    return Capture(precision="float16") if whole else Capture(store="reductions")


def _placeholder(shape: Shape) -> Synthetic:
    return Synthetic(corpus=shape.corpus)
