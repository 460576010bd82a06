"""What the default engine may be told, what it refuses, and what it chooses by itself."""

import pytest
import torch

from fedser.algorithms import FedAvg, FedSGD
from fedser.config import load
from fedser.engine import Cohort, Inline
from fedser.engine.cohort import engine as module
from fedser.engine.cohort.bench import Bench
from fedser.engine.cohort.compute import GPU_WIDTH, STACKED_UP_TO, Compute, InlineWarning
from fedser.errors import ConfigError
from fedser.models import MLP
from fedser.updates.update import PART

BAD = """\
name: cohort
device: gpu
method: vmap
memory: 0
precision: float16
workers: 0
threads: 4
"""


def test_every_bad_setting_is_refused_at_its_line(tmp_path):
    path = tmp_path / "cohort.yaml"
    path.write_text(BAD)
    with pytest.raises(ConfigError) as refused:
        load(Cohort, path)
    assert str(refused.value).splitlines() == [
        f"{path}:2: device: unknown 'gpu' (choose from auto, cpu, cuda, cuda:0, cuda:1, ...)",
        f"{path}:3: method: should be 'single' or 'stacked' or 'auto', got \"vmap\"",
        f"{path}:4: memory: should be greater than 0, got 0",
        f"{path}:5: precision: should be 'float32', 'tf32' or 'bf16', got \"float16\"",
        f"{path}:6: workers: should be greater than or equal to 1, got 0",
        f"{path}:7: threads: unknown key (choose from device, method, memory, precision, name, workers)",
    ]


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize("device", ["cuda", "cuda:1"])
@pytest.mark.parametrize("workers", [None, 1, 2])
def test_a_gpu_that_is_not_there_is_refused_before_any_work(world, run, tmp_path, device, workers):
    left = run(Cohort(device=device, workers=workers), world(), tmp_path / "out")
    assert isinstance(left.error, ConfigError) and left.error.exit_code == 2 and not left.files
    assert str(left.error) == (
        f"engine.device: {device!r}, but torch finds no CUDA device here (choose from auto, cpu)"
    )


def test_a_precision_of_gpus_is_refused_elsewhere(world, run, tmp_path):
    left = run(Cohort(device="cpu", precision="tf32"), world(), tmp_path / "out")
    assert isinstance(left.error, ConfigError) and left.error.exit_code == 2 and not left.files
    assert str(left.error) == "engine.precision: tf32 needs a GPU (choose from float32, bf16)"


def test_what_is_not_float32_changes_the_result_a_little(world, run, difference, tmp_path):
    made, folders = world(rounds=1), [tmp_path / name for name in ("float32", "bf16")]
    full, half = (run(Cohort(workers=1, precision=folder.name), made, folder) for folder in folders)
    updates = difference(full, half, *folders).updates
    assert 1e-5 < updates.max() < 0.05


@pytest.mark.parametrize("method", ["single", "stacked"])
@pytest.mark.parametrize("algorithm", [FedSGD(), FedAvg()], ids=["sgd", "avg"])
def test_a_model_without_passes_of_its_own_is_trained_visibly_as_inline_does(
    world, run, tmp_path, monkeypatch, method, algorithm
):
    monkeypatch.setattr(MLP, "kernel", lambda *_: None)
    made = world(algorithm=algorithm)
    expected = run(Inline(), made, tmp_path / "inline")
    text = (
        r"^training private-0: model mlp has no passes of its own;"
        r" its clients are trained as engine: inline does, slowly; engine.device and engine.precision are not used$"
    )
    for workers in (1, 2):
        with pytest.warns(InlineWarning, match=text):
            found = run(Cohort(method=method, workers=workers), made, tmp_path / str(workers))
        assert found.error is None and found.files == expected.files


def test_data_stay_on_the_cpu_where_the_module_trains(world, monkeypatch):
    made, elsewhere = world(), torch.device("meta")
    opened = [made.data.open()]
    assert Bench(made.simulation, opened, elsewhere).rows(torch.tensor([1]))[0].device == elsewhere
    monkeypatch.setattr(MLP, "kernel", lambda *_: None)
    assert Bench(made.simulation, opened, elsewhere).device.type == "cpu"


@pytest.mark.parametrize(
    ("settings", "gpu", "parameters", "expected"),
    [
        ({}, False, STACKED_UP_TO, "stacked"),
        ({}, False, STACKED_UP_TO + 1, "single"),
        ({}, True, 10**9, "stacked"),
        ({"method": "single"}, True, 1, "single"),
        ({"method": "stacked"}, False, 10**9, "stacked"),
    ],
)
def test_the_method_follows_from_device_and_size_unless_chosen(monkeypatch, settings, gpu, parameters, expected):
    device = torch.device("cuda" if gpu else "cpu")
    monkeypatch.setattr(Compute, "torch_device", device)
    assert Cohort(**settings).method_for(parameters) == expected


@pytest.mark.parametrize("batch_size", [1, 20, 999])
def test_a_stack_is_as_wide_as_the_memory_allows(world, batch_size):
    algorithm = FedAvg(batch_size=batch_size, client_fraction=1.0)
    made = world(algorithm=algorithm, features=100, model=MLP(), sizes=[2] * (PART + 1))
    opened = made.data.open()

    def width(memory):
        engine = Cohort(memory=memory, device="cpu")
        return engine.width(engine.bench(made.simulation, opened))

    widths = [width(10**exponent) for exponent in (-9, -3, -2, -1, 0, 2)]
    assert widths == sorted(widths) and widths[0] == 1 and widths[-1] == PART <= GPU_WIDTH
    parameters = 100 * 256 + 256 + 256 * 128 + 128 + 128 * 4 + 4
    # Parameters, gradients and the two moments of Adam are held at least, and the batch.
    for memory, clients in zip((1e-3, 1e-2, 1e-1), widths[1:4], strict=True):
        assert clients == 1 or 4 * clients * (4 * parameters + 100 * batch_size) <= memory * 2**30


def test_a_stack_is_no_wider_than_a_round_of_all_trainings(world):
    """What nobody fills would be memory all the same, and zeroed in each round by Adam."""
    made = world(sizes=[2] * 30, algorithm=FedAvg(client_fraction=0.1))
    engine, opened = Cohort(device="cpu"), made.data.open()
    assert engine.width(engine.bench(made.simulation, opened)) == 3
    assert engine.width(engine.bench(made.simulation, opened, opened)) == 6


class ChosenError(Exception):
    """What the engine would do."""


@pytest.fixture
def choice(world, training, tmp_path, monkeypatch):
    """What an engine does with so many trainings that take so long: in which way, in how many processes."""

    def choice(engine, number, seconds, workers=None, observers=(), cores=8):
        def refuse(name):
            def chosen(*arguments):
                if name == "side by side":
                    raise ChosenError(name, arguments[2], arguments[0].workers)
                raise ChosenError(name, *[each for each in arguments if isinstance(each, int)])

            return chosen

        monkeypatch.setattr(module.cost, "seconds", lambda simulation, data: seconds)
        monkeypatch.setattr(module, "cores", lambda: cores)
        for place, name in {"run_side_by_side": "side by side", "run_together": "together", "Crew": "crew"}.items():
            monkeypatch.setattr(module, place, refuse(name))
        trainings = [
            training(world(training=f"t{place}"), tmp_path / str(place), observers=observers) for place in range(number)
        ]
        with pytest.raises(ChosenError) as chosen:
            engine.run_all(trainings, lambda place, state: None, workers)
        return chosen.value.args

    return choice


@pytest.mark.parametrize(
    ("engine", "number", "seconds", "more", "expected"),
    [
        (Cohort(), 1, 1000, {}, ("crew", 8)),
        (Cohort(), 1, 1000, {"workers": 3}, ("crew", 3)),
        (Cohort(), 1, 0.1, {}, ("together",)),
        (Cohort(), 3, 1000, {}, ("side by side", 3, 2)),
        (Cohort(), 3, 1000, {"workers": 2}, ("side by side", 2, 1)),
        (Cohort(workers=4), 3, 0.1, {"workers": 2}, ("side by side", 2, 1)),
        (Cohort(workers=2), 3, 0.1, {"workers": 4}, ("side by side", 2, 1)),
        (Cohort(workers=4), 3, 0.1, {"workers": 1}, ("together",)),
        (Cohort(workers=4), 3, 0.1, {}, ("side by side", 3, 1)),
        (Cohort(), 3, 0.1, {}, ("together",)),
        (Cohort(workers=1), 3, 1000, {}, ("together",)),
        (Cohort(memory=1.0), 8, 1000, {}, ("side by side", 2, 4)),
        (Cohort(memory=0.1), 8, 1000, {}, ("crew", 8)),
        (Cohort(), 3, 1000, {"observers": (print,)}, ("crew", 8)),
        (Cohort(workers=1), 3, 1000, {"observers": (print,)}, ("together",)),
    ],
)
def test_processes_are_started_where_they_are_worth_it(choice, engine, number, seconds, more, expected):
    assert choice(engine, number, seconds, **more) == expected


@pytest.mark.parametrize("engine", [Cohort(), Cohort(workers=4), Cohort(workers=1, method="single")])
def test_no_training_at_all_is_done_at_once(engine):
    engine.run_all([], lambda place, state: pytest.fail("a training has ended"))


def test_the_whole_number_of_cores_is_used_and_not_more(choice):
    """Three trainings on eight cores: two each, since a third could not be had by all."""
    for cores in range(2, 12):
        _, processes, each = choice(Cohort(), 3, 1000, cores=cores)
        assert processes == min(cores, 3) and processes * each <= cores
