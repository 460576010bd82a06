"""Corpora: utterances and speakers, read from disk in their official layouts or synthesised.

One more corpus is one file with a ``CorpusReader`` and one name in the union below. Users see them in its order: what
fits any speech, then the corpora of speech, of text, and of faces.
"""

from typing import Annotated

from pydantic import Field

from fedser.corpora.ased import ASED
from fedser.corpora.attributes import attribute_problems, persons_by_value, require_attribute, with_attribute
from fedser.corpora.corpus import Corpus
from fedser.corpora.crema_d import CremaD
from fedser.corpora.detoxy_b import DeToxyB
from fedser.corpora.emobank import EmoBank
from fedser.corpora.emodb import EmoDB
from fedser.corpora.emorynlp import EmoryNLP
from fedser.corpora.fairface import FairFace
from fedser.corpora.fer_plus import FerPlus
from fedser.corpora.iemocap import IEMOCAP
from fedser.corpora.isear import ISEAR
from fedser.corpora.join import join
from fedser.corpora.manifest import Manifest
from fedser.corpora.meld import MELD
from fedser.corpora.msp_improv import MSPImprov
from fedser.corpora.muse import MuSE
from fedser.corpora.overlap import refuse_overlap
from fedser.corpora.ravdess import RAVDESS
from fedser.corpora.reader import CorpusReader, ReadContext
from fedser.corpora.synthetic import Synthetic

CorpusConfig = Annotated[
    Synthetic
    | Manifest
    | RAVDESS
    | EmoDB
    | ASED
    | CremaD
    | IEMOCAP
    | MSPImprov
    | MuSE
    | MELD
    | EmoryNLP
    | EmoBank
    | ISEAR
    | DeToxyB
    | FerPlus
    | FairFace,
    Field(discriminator="name"),
]

__all__ = [
    "Corpus",
    "CorpusConfig",
    "CorpusReader",
    "ReadContext",
    "attribute_problems",
    "join",
    "persons_by_value",
    "refuse_overlap",
    "require_attribute",
    "with_attribute",
]
