"""The same training in stock Flower: its FedAvg strategy, its simulation on Ray, one virtual client per node.

The one file here that knows Flower. Client and server are written as Flower's documentation teaches it ("Get started
with Flower" and "Simulation" in its how-to guides, flwr 1.41); ``written: lean`` is kinder: data, model and tensors
stay where they are between rounds, and there is no DataLoader. Batches are drawn from the streams of our sides.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import cast

from flwr.app import ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.server.superlink.fleet.vce.backend.backend import BackendConfig
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg, Result

# Not public in flwr 1.41: what FedAvg itself averages metrics with, and a type.
from flwr.serverapp.strategy.strategy_utils import aggregate_metricrecords
from flwr.simulation import run_simulation
from torch import nn

from fedser.algorithms import AlgorithmConfig
from fedser.engine.data import OpenData, TrainingData
from fedser.engine.simulation import Simulation
from fedser.partition.ragged import Rows
from fedser.seeds import Stream
from simulations.bench.lean_client import train_lean
from simulations.bench.plain_client import Sent, Utterances, train
from simulations.bench.plain_network import initial, plain_network
from simulations.bench.side import Job, Tick

client = ClientApp()


@client.train()
def _train(message: Message, context: Context) -> Message:
    """One client: load the model that came, train it on the data of this node, send it back."""
    config = message.content.config_records["config"]
    simulation, data = str(config["simulation"]), str(config["data"])
    number, lean = cast(int, config["server-round"]), bool(config["lean"])
    job, opened = _opened(simulation, data)
    name = opened.clients[cast(int, context.node_config["partition-id"])]
    model = _resident(simulation, data) if lean else plain_network(job)
    model.load_state_dict(message.content.array_records["arrays"].to_torch_state_dict())
    stream, rows = job.simulation.stream("client", name, number), opened.train_rows(name)
    learn = train_lean if lean else _train_anew
    return Message(_reply(learn(model, opened, rows, job.simulation.algorithm, stream)), reply_to=message)


def _train_anew(model: nn.Module, data: OpenData, rows: Rows, algorithm: AlgorithmConfig, stream: Stream) -> Sent:
    return train(model, Utterances(data, rows), algorithm, stream)


def _reply(sent: Sent) -> RecordDict:
    metrics = MetricRecord({"train_loss": sent.loss, "num-examples": sent.examples})
    return RecordDict({"arrays": ArrayRecord(dict(sent.values)), "metrics": metrics})


@lru_cache(maxsize=1)
def _opened(simulation: str, data: str) -> tuple[Job, OpenData]:
    job = Job(Simulation.model_validate_json(simulation), TrainingData.model_validate_json(data))
    return job, job.data.open()


@lru_cache(maxsize=1)
def _resident(simulation: str, data: str) -> nn.Module:
    return plain_network(_opened(simulation, data)[0])


def serve(job: Job, lean: bool, workers: int, tick: Tick) -> tuple[Result, list[int]]:
    """Run the strategy; its result, and from how many clients a reply came in each round."""
    nodes, replies, results = len(job.data.open().clients), list[int](), list[Result]()
    server = ServerApp()

    def counted(contents: list[RecordDict], weight: str) -> MetricRecord:
        replies.append(len(contents))
        return aggregate_metricrecords(contents, weight)

    def told(number: int, arrays: ArrayRecord) -> None:
        if number:  # 0 comes before the first round
            tick()

    @server.main()
    def main(grid: Grid, context: Context) -> None:
        strategy = FedAvg(
            fraction_evaluate=0.0, min_train_nodes=nodes, min_available_nodes=nodes, train_metrics_aggr_fn=counted
        )
        config = ConfigRecord(
            {"simulation": job.simulation.model_dump_json(), "data": job.data.model_dump_json(), "lean": lean}
        )
        rounds, arrays = job.simulation.rounds, ArrayRecord(initial(job))
        results.append(strategy.start(grid, arrays, rounds, train_config=config, evaluate_fn=told))

    run_simulation(server, client, nodes, backend_config=_backend(workers))
    return results[0], replies


def _backend(workers: int) -> BackendConfig:
    return {
        "init_args": {
            "address": "local",  # a Ray of its own
            "_node_ip_address": "127.0.0.2",  # that only this machine reaches; 127.0.0.1 Ray would replace
            "num_cpus": workers,
            "include_dashboard": False,
            "log_to_driver": False,
        },
        "client_resources": {"num_cpus": 1, "num_gpus": 0.0},
    }


def losses(result: Result) -> Iterable[float]:
    """The mean training loss of each round."""
    return (float(cast(float, metrics["train_loss"])) for metrics in result.train_metrics_clientapp.values())
