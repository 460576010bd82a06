"""The paper's attack as a configuration: every number a field, with the value that was run (Feng et al. 2021)."""

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from attacks.attack import Attack, FittedAttack, Progress, Shapes
from attacks.cnn.pools import Pools, default_pools, last_map, matrix
from attacks.cnn.settings import Adam, Convolution, Plateau, Pool, Precision, Side, Stopping
from attacks.knowledge import Knowledge
from attacks.pseudo_gradient import Steps
from attacks.shadow import Shadow
from fedser.devices import Device, resolve
from fedser.errors import ConfigError, Problems
from fedser.seeds import Stream
from fedser.updates.reductions import ReductionConfig
from fedser.updates.update import layers_of, model_layers

PAPER = (Convolution(filters=16), Convolution(filters=32), Convolution(filters=64, batch_norm=True))


class Cnn(Attack):
    """The paper's attack: a convolutional network on each layer's update matrix, and the fusion of all."""

    source: ClassVar[str] = "Feng et al. 2021, sec. 4.3 and 5.3, fig. 4; numbers from the authors' code"
    knowledge: ClassVar[Knowledge] = "updates"
    knowledge_of_models: ClassVar[Knowledge] = "hyper_parameters"  # T and eta of eq. 5
    name: Literal["cnn"] = "cnn"
    layers: tuple[str, ...] | Literal["all"] = Field("all", description="the layers to attack, each by its network")
    steps: Steps = Field("actual", description="how T of eq. 5 counts the local steps of FedAvg")
    split: Literal["client", "update"] = Field(
        "client", description="what the validation updates are held out by: speakers, or (as published) single updates"
    )
    validation: float = Field(0.2, gt=0, lt=1, description="share of the shadow data to validate on")
    max_updates: int | None = Field(None, ge=2, description="learn from so many updates, over all trainings and rounds")
    epsilon: float = Field(1e-5, gt=0, description="added to each element's deviation in the normalisation")
    convolutions: tuple[Convolution, ...] = PAPER
    pools: dict[str, tuple[Pool | None, ...]] = Field({}, description="by layer; others pool as in the paper")
    hidden: tuple[Side, ...] = Field((256, 128), description="widths of the dense layers")
    dropout: float = Field(0.2, ge=0, lt=1)
    batch_size: int = Field(20, ge=1)
    epochs: int = Field(40, ge=1)
    adam: Adam = Adam()
    plateau: Plateau = Plateau()
    stopping: Stopping = Stopping()
    threads: int = Field(2, ge=1, description="torch threads; results are repeatable for the same number")
    device: Device = Field("auto", description="auto, cpu, cuda or cuda:N")
    precision: Precision = Field(
        "float32", description="of products; tf32 (GPU) and bf16 are faster and change results"
    )
    resident: float = Field(
        0.5, ge=0, le=1, description="share of a GPU's free memory that a layer's updates may take; more are streamed"
    )

    @field_validator("layers")
    @classmethod
    def _some_layer(cls, layers: tuple[str, ...] | Literal["all"]) -> tuple[str, ...] | Literal["all"]:
        if not layers:
            raise ValueError("at least one layer, or all")
        return layers

    @model_validator(mode="after")
    def _one_pool_each(self) -> Self:
        if not self.convolutions:
            raise ValueError("convolutions: none is given; the paper has three")
        for layer, pools in self.pools.items():
            if len(pools) != len(self.convolutions):
                raise ValueError(f"pools.{layer}: {len(pools)} pools for {len(self.convolutions)} convolutions")
        return self

    @model_validator(mode="after")
    def _batches_to_normalise(self) -> Self:
        if self.batch_size < self.smallest_batch:
            raise ValueError("batch_size: should be at least 2 where a convolution has batch_norm, got 1")
        return self

    @property
    def smallest_batch(self) -> int:
        """The fewest updates that can be trained on at once: one has no deviation to normalise a 1 x 1 map by."""
        return 2 if any(convolution.batch_norm for convolution in self.convolutions) else 1

    @property
    def largest_batch(self) -> int:
        """The most updates of a batch: a last one that is too small joins the one before."""
        return self.batch_size + self.smallest_batch - 1

    def needs(self, parameters: Shapes) -> tuple[str, ...]:
        """The chosen layers in the model's order; raises ConfigError for unknown ones and for pools that do not fit."""
        known, problems = layers_of(parameters), Problems()
        chosen = model_layers(parameters) if self.layers == "all" else self.layers
        for place, names in (("layers", chosen), ("pools", tuple(self.pools))):
            unknown = [name for name in names if name not in known]
            if unknown:
                problems.add(f"attack cnn: {place}", f"unknown {', '.join(unknown)} (choose from {', '.join(known)})")
        layers = tuple(layer for layer in known if layer in chosen)
        for layer in layers:
            self._refuse_layer(layer, parameters, problems)
        with problems.collect(ConfigError):
            self._refuse_device()
        problems.raise_if_any(ConfigError)
        return layers

    def reductions(self, parameters: Shapes) -> tuple[ReductionConfig, ...] | None:
        """None: it reads whole layers."""
        return None

    def pools_of(self, layer: str, parameters: Shapes) -> Pools:
        """The pools on ``layer``: those given, or the paper's rule."""
        return self.pools.get(layer) or default_pools(layer, parameters, len(self.convolutions))

    def _refuse_device(self) -> None:
        if self.device.startswith("cuda") or self.precision == "tf32":
            device = resolve(self.device, "attack cnn: device")
            if device.type == "cpu" and self.precision == "tf32":
                raise ConfigError("attack cnn: precision: tf32 is for a GPU, not for cpu (choose from float32, bf16)")

    def _refuse_layer(self, layer: str, parameters: Shapes, problems: Problems) -> None:
        weight, bias = parameters.get(f"{layer}.weight", ()), parameters.get(f"{layer}.bias", ())
        if len(weight) < 2 or bias not in ((), weight[:1]):
            found = f"has weight {list(weight)} and bias {list(bias)}"
            reads = "it reads weight [out, in], or [out, in, ...] of a convolution, and bias [out] where there is one"
            problems.add(f"attack cnn: layers: {layer}", f"{found}; {reads}")
        elif min(last_map(matrix(layer, parameters), self.pools_of(layer, parameters))) < 1:
            shape = " x ".join(map(str, matrix(layer, parameters)))
            problems.add(f"attack cnn: pools: {layer}", f"these pools leave nothing of its {shape} weights")

    def _fit(self, shadow: Shadow, stream: Stream, workdir: Path, progress: Progress) -> FittedAttack:
        from attacks.cnn.fit import fit  # brings torch

        return fit(self, shadow, stream, workdir, progress)
