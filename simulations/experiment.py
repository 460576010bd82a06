"""One experiment as a frozen value: what a YAML file in ``configs/`` describes."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_serializer, field_validator, model_validator

from attacks import AttackConfig
from attacks.identity import LinkerConfig
from attacks.inversion import InversionConfig
from attacks.knowledge import ThreatModel
from attacks.membership import MembershipConfig
from attacks.shadow import ShadowKind
from fedser.algorithms import AlgorithmConfig
from fedser.config import Frozen
from fedser.config.messages import suggest
from fedser.corpora import CorpusConfig
from fedser.defenses import DefenseConfig, grouping
from fedser.defenses.balance import Balance
from fedser.engine import EngineConfig
from fedser.engine.cohort import Cohort
from fedser.engine.selection import Selection
from fedser.engine.simulation import Simulation
from fedser.errors import ConfigError, FedserError, Problems
from fedser.features import FeatureConfig
from fedser.models import MLP, ModelConfig
from fedser.partition import PartitionConfig
from fedser.seeds import Stream
from fedser.tasks import Classification, TaskConfig
from fedser.updates.store import Capture
from simulations.adversaries import Adversaries, Adversary, labelled
from simulations.aligned import Aligned
from simulations.attributes import AttributeConfig, in_full, in_short
from simulations.attributes.number import Number
from simulations.attributes.values import Values
from simulations.canaries import Audit
from simulations.families import members, plugin_name
from simulations.identity import Identity
from simulations.oracle import Oracle
from simulations.protocols import Protocol, completed
from simulations.representations import Representations
from simulations.scoring import Scores

Role = Literal["private", "shadow"]


class Corpora(Frozen):
    """Whose updates are attacked, and on which other corpora the attacker trains its shadows."""

    private: CorpusConfig
    shadow: tuple[CorpusConfig, ...] = ()


class Trainings(Frozen):
    """How many trainings: one per held-out fold of the private corpus, m shadow trainings."""

    private: int | Literal["all"] = Field("all", description="the first n folds, or all")
    shadow: int = Field(5, ge=0, description="m in the paper; 0 where no attack learns from them")
    shadow_speakers: Annotated[int, Field(ge=2)] | None = Field(
        None, description="of each shadow corpus, drawn evenly over the attribute's values; by default all"
    )


Named = TypeVar("Named", MembershipConfig, InversionConfig)


def _numbered(plugins: Sequence[Named]) -> dict[str, Named]:
    labels: dict[str, Named] = {}
    for plugin in plugins:
        same = sum(known.name == plugin.name for known in labels.values())
        labels[plugin.name if not same else f"{plugin.name}-{same + 1}"] = plugin
    return labels


class ImpossibleError(FedserError, ValueError):
    """Keys that are right each by itself and contradict each other; a ValueError, as validators must raise."""


class Experiment(Frozen):
    """A private federation, shadow federations like it, defenses, and the attacks on what was captured."""

    name: str = Field(pattern=r"^\w[\w.-]*$", description="letters, digits, '_', '.' and '-'; names the run's folder")
    protocol: Protocol | None = Field(None, description="whose choices hold where this file makes none")
    seed: int = Field(1, ge=0)
    data_root: str | None = Field(None, description="where corpora lie; else FEDSER_DATA, else the working folder")
    attribute: AttributeConfig = Field(
        Values(of="gender"), description="the speaker attribute that is attacked: its name, or what is made of it"
    )
    unknown_attribute: Literal["error", "drop"] = Field("error", description="of speakers of whom it is not known")
    corpora: Corpora
    features: FeatureConfig
    partition: PartitionConfig
    task: TaskConfig = Classification()
    model: ModelConfig = MLP()
    algorithm: AlgorithmConfig
    rounds: int = Field(200, ge=1)
    selection: Selection = Selection()
    defenses: tuple[DefenseConfig, ...] = ()
    engine: EngineConfig = Cohort()
    trainings: Trainings = Trainings()
    capture: Capture = Capture()
    aligned: Aligned = Aligned()
    threat_model: ThreatModel = ThreatModel()
    adversary: Adversaries = Field(
        "adaptive",
        description="whether shadow clients defend themselves as the private ones do (adaptive), or not (static), or"
        " both, side by side; without a defense there is no difference, and both is one",
    )
    attacks: tuple[AttackConfig, ...] = ()
    membership: tuple[MembershipConfig, ...] = Field((), description="attacks that ask who took part in the training")
    inversion: tuple[InversionConfig, ...] = Field((), description="what rebuilds the inputs behind single updates")
    oracle: Oracle | None = None
    identity: Identity | None = None
    representations: Representations | None = None
    canaries: Audit | None = None
    scores: Scores = Scores()

    _attribute_in_full = field_validator("attribute", mode="before")(in_full)
    _attribute_in_short = field_serializer("attribute")(in_short)

    @classmethod
    def completed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """With the choices of the protocol, if one is named."""
        return completed(data)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = Problems()
        try:
            self.simulation("check")  # refuses what no training could run
        except ValidationError as error:
            problems.extend(str(details.get("ctx", {}).get("error", details["msg"])) for details in error.errors())
        problems.extend(self._impossible())
        problems.raise_if_any(ImpossibleError)
        return self

    def _impossible(self) -> Iterator[str]:
        """What contradicts itself across keys, each with the key it is best mended at."""
        attacked = bool(self.attacks) or self.oracle is not None or self.identity is not None or bool(self.inversion)
        if attacked and not self.corpora.shadow:
            yield "corpora: attacks need shadow updates: name at least one corpus in corpora.shadow"
        if attacked and self.partition.name == "single":
            yield (
                "partition: single mixes all speakers in one client: leave attacks, oracle, identity and inversion out"
            )
        if self.trainings.private != "all" and not 1 <= self.trainings.private <= self.partition.folds.number:
            yield (
                f"trainings.private: {self.trainings.private} of {self.partition.folds.number} folds"
                " (choose 'all' or a number from 1 to partition.folds.number)"
            )
        yield from self._impossible_shadows()
        yield from self._impossible_membership()
        if self.adversary == "static" and not self.defenses:
            yield "adversary: static, but there is no defense that it could ignore (choose adaptive, or add a defense)"
        for place, attack in enumerate(self.attacks):
            refusal = self.threat_model.refusal(attack.name, attack.needs_to_know(self.algorithm.sends))
            if refusal:
                yield f"attacks.{place}: {refusal}"
        yield from self._impossible_identity()
        yield from self._impossible_inversion()
        yield from self._impossible_sight()
        yield from self._impossible_defenses()
        yield from self._impossible_frames()
        if self.canaries is not None:
            yield from self.canaries.impossible(self.simulation("check"))
        if self.representations is not None and not self.corpora.shadow:
            yield (
                "corpora: representations are read by who learns on other corpora: name at least one in corpora.shadow"
            )
        names = [reader.corpus for reader in (self.corpora.private, *self.corpora.shadow)]
        twins = sorted({name for name in names if names.count(name) > 1})
        if twins:
            yield f"corpora: given more than once: {', '.join(twins)}"
        yield from self._unknown_corpora(names)

    def _impossible_defenses(self) -> Iterator[str]:
        """What clients are to know of the attribute, and cannot."""
        for place, defense in enumerate(self.defenses):
            if defense.needs_attributes and isinstance(self.attribute, Number):
                yield (
                    f"defenses.{place}: {defense.name} takes values of the attribute, but it is a number"
                    f" (choose {{name: groups, of: {self.attribute.of}, edges: [...]}} as the attribute)"
                )
            if isinstance(defense, Balance) and defense.over == "attribute" and self.partition.name != "single":
                yield (
                    f"defenses.{place}: balance over the attribute, but with partition {self.partition.name} a client"
                    " is one speaker, and has one value of it (choose over: emotion, or partition: {name: single})"
                )
            if defense.needs_public and not self.corpora.shadow:
                yield (
                    f"defenses.{place}: with {defense.name} the server learns from public data, the shadow corpora, and"
                    " there are none (name one in corpora.shadow, or choose head: local)"
                )

    def _impossible_frames(self) -> Iterator[str]:
        """What asks a model about single vectors, where it reads frames."""
        asking = {"membership": self.membership, "inversion": self.inversion, "representations": self.representations}
        for key in (key for key, asked in asking.items() if asked and self.model.framed):
            yield (
                f"{key}: it passes vectors through dense layers, but model {self.model.name} reads frames (leave {key}"
                " out, or choose model mlp)"
            )
        for key in (key for key, asked in asking.items() if asked and key != "representations"):
            if not self.task.softmax:
                yield f"{key}: it takes a softmax over classes for granted, and task {self.task.name} has one logit"

    def _impossible_shadows(self) -> Iterator[str]:
        """What attacks are to learn from, and will not be there."""
        trained, aligned = self._learning_from("trained"), self._learning_from("aligned")
        if trained and self.corpora.shadow and not self.trainings.shadow:
            yield (
                f"trainings.shadow: 0, but {', '.join(trained)} learn from shadow trainings"
                " (choose at least 1, or shadow: aligned for these attacks)"
            )
        if aligned and self.capture.store == "reductions":
            yield (
                "capture.store: reductions keeps no broadcast model, at which the shadow updates of"
                f" {', '.join(aligned)} are computed (choose updates, or shadow: trained for these attacks)"
            )

    def _impossible_membership(self) -> Iterator[str]:
        """What membership attacks need and will not have."""
        if self.membership and not self.corpora.shadow:
            yield "corpora: membership attacks rehearse on shadow trainings: name at least one corpus in corpora.shadow"
        for place, attack in enumerate(self.membership):
            refusal = self.threat_model.refusal(attack.name, [attack.knowledge])
            if refusal:
                yield f"membership.{place}: {refusal}"
            if self.corpora.shadow and self.trainings.shadow < attack.shadows_needed:
                yield (
                    f"trainings.shadow: {self.trainings.shadow}, but membership attack {attack.name} takes at least"
                    f" {attack.shadows_needed}"
                )
            if attack.reads_updates and self.capture.store == "reductions":
                yield (
                    f"capture.store: reductions keeps no update and no broadcast model, which membership attack"
                    f" {attack.name} reads (choose updates, or leave the attack out)"
                )

    def membership_labels(self) -> dict[str, MembershipConfig]:
        """Each membership attack under its name in ``membership.csv``; a second one of a name is numbered."""
        return _numbered(self.membership)

    def _unknown_corpora(self, names: Sequence[str]) -> Iterator[str]:
        """Settings for a corpus that is neither here nor the name of a reader, which a protocol may know more of."""
        known = dict.fromkeys([*names, *(plugin_name(reader) for reader in members(CorpusConfig))])
        parts = getattr(self.partition, "parts", 1)
        settings = {"folds.listed": self.partition.folds.listed, "parts": parts if isinstance(parts, dict) else {}}
        for key, by_corpus in settings.items():
            for name in by_corpus.keys() - known.keys():
                yield f"partition.{key}.{name}: unknown corpus{suggest(name, known)}"

    @property
    def statics(self) -> tuple[bool, ...]:
        """Which adversaries there are, by whether they are static; without a defense there is but one."""
        kinds = {"adaptive": (False,), "static": (True,), "both": (False, True)}
        return kinds[self.adversary] if self.defenses else (False,)

    def adversaries(self) -> dict[str, Adversary]:
        """Each attack under its name in ``leakage.csv``, and what it learns from: see ``labelled``."""
        return labelled(self.attacks, self.statics)

    def _impossible_identity(self) -> Iterator[str]:
        """What linkers are to know or to ask about, and will not be there."""
        if self.identity is None:
            return
        for place, linker in enumerate(self.identity.linkers):
            refusal = self.threat_model.refusal(linker.label, linker.needs_to_know(self.algorithm.sends))
            if refusal:
                yield f"identity.linkers.{place}: {refusal}"
        if not self.trainings.shadow:
            yield "trainings.shadow: 0, but identity's linkers learn from shadow trainings (choose at least 1)"
        parts = getattr(self.partition, "parts", 1)
        own = parts.get(self.corpora.private.corpus, 1) if isinstance(parts, dict) else parts
        if self.identity.probes == "clients" and own < 2:
            yield "identity.probes: clients asks about other clients of a speaker, who has one only (partition.parts)"

    def _impossible_inversion(self) -> Iterator[str]:
        """What inverters are to know or to invert, and will not be there."""
        for place, inverter in enumerate(self.inversion):
            refusal = self.threat_model.refusal(inverter.name, [inverter.knowledge])
            if refusal:
                yield f"inversion.{place}: {refusal}"
        if self.inversion and self.algorithm.sends != "gradient":
            yield (
                f"inversion: it inverts the gradient of one batch, but clients of {self.algorithm.name} send what"
                " several local steps made (choose algorithm fedsgd, or leave inversion out)"
            )
        if self.inversion and self.capture.store == "reductions":
            yield (
                "capture.store: reductions keeps no update and no broadcast model, which inversion reads (choose"
                " updates, or leave inversion out)"
            )

    def _impossible_sight(self) -> Iterator[str]:
        """What asks for single clients' updates where the server sees groups of clients, or their sum alone."""
        defense = self.grouping
        if defense is None:
            return
        try:
            self.engine.check_groups(defense)
        except ConfigError as error:
            yield str(error)
        if self.identity is not None:
            yield (
                f"identity: asks whose an update is, but with {defense.name} each is of several clients"
                " (leave identity or the defense out)"
            )
        if self.inversion:
            yield (
                f"inversion: rebuilds the batch of one client, but with {defense.name} each update is of several"
                " clients (leave inversion or the defense out)"
            )
        if defense.sum_alone:
            for key, attack in self._reading_single_updates():
                yield (
                    f"{key}: {attack} reads updates by themselves, but with {defense.name} the server sees sums of"
                    " rounds alone (choose attacks that need only aggregates, the final model or nothing, such as"
                    " aggregate, or leave the attack or the defense out)"
                )

    def _reading_single_updates(self) -> Iterator[tuple[str, str]]:
        """Key and name of each attack that does."""
        for place, attack in enumerate(self.attacks):
            if attack.reads_single_updates:
                yield f"attacks.{place}", attack.name
        for place, inferring in enumerate(self.membership):
            if inferring.reads_single_updates:
                yield f"membership.{place}", inferring.name

    @property
    def grouping(self) -> DefenseConfig | None:
        """The defense by which the server sees groups of clients; None where it sees each client's own update."""
        return grouping(self.defenses)

    def inversion_labels(self) -> dict[str, InversionConfig]:
        """Each inverter under its name in ``inversion.csv``; a second one of a name is numbered."""
        return _numbered(self.inversion)

    @property
    def linkers(self) -> tuple[LinkerConfig, ...]:
        """What asks whose updates are; none where identity is not asked for."""
        return self.identity.linkers if self.identity else ()

    def _learning_from(self, kind: ShadowKind) -> list[str]:
        return [label for label, adversary in self.adversaries().items() if kind in adversary.learns_from]

    @property
    def stream(self) -> Stream:
        """The root of the experiment's randomness."""
        return Stream(self.seed)

    @property
    def private_trainings(self) -> int:
        """How many folds of the private corpus are trained."""
        return self.partition.folds.number if self.trainings.private == "all" else self.trainings.private

    def trainings_of(self, role: Role, static: bool = False) -> list[str]:
        """The names of a role's trainings: ``private-0`` and so on; ``static-0``, of shadows without the defense."""
        count = self.private_trainings if role == "private" else self.trainings.shadow
        return [f"{'static' if static else role}-{number}" for number in range(count)]

    def aligned_trainings(self, static: bool = False) -> dict[str, str]:
        """Of each private training, the name of the shadow updates at its models; none where no attack wants them."""
        wanted = static in self.statics and self._learning_from("aligned")
        names = self.trainings_of("private") if wanted else []
        prefix = "static_aligned" if static else "aligned"
        return {name: f"{prefix}-{number}" for number, name in enumerate(names)}

    def shadow_names(self) -> set[str]:
        """The names of all shadow trainings and of all that is aligned."""
        names = {name for static in self.statics for name in self.trainings_of("shadow", static)}
        return names.union(*(self.aligned_trainings(static).values() for static in self.statics))

    @property
    def roles(self) -> tuple[Role, ...]:
        """``private`` alone, or with ``shadow`` where there are shadow corpora."""
        return ("private", "shadow") if self.corpora.shadow else ("private",)

    def simulation(self, training: str, static: bool = False) -> Simulation:
        """The training of that name: the same for all but its name, and so its seed; a static one has no defense."""
        return Simulation(
            training=training,
            seed=self.seed,
            task=self.task,
            model=self.model,
            algorithm=self.algorithm,
            defenses=() if static else self.defenses,
            rounds=self.rounds,
            selection=self.selection,
        )

    def dump(self, *fields: str) -> dict[str, Any]:
        """Some fields (or all) as plain values, for manifests and keys."""
        return self.model_dump(mode="json", include=set(fields) or None)
