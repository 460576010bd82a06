"""Explanations of predictions by words; one more method is one file and one name below."""

from typing import Annotated

from pydantic import Field

from simulations.text.explain.gradient_input import GradientInput
from simulations.text.explain.integrated_gradients import IntegratedGradients
from simulations.text.explain.method import Asked, Method, Told
from simulations.text.explain.occlusion import Occlusion

MethodConfig = Annotated[IntegratedGradients | GradientInput | Occlusion, Field(discriminator="name")]
"""The closed union of them."""

__all__ = ["Asked", "IntegratedGradients", "Method", "MethodConfig", "Told"]
