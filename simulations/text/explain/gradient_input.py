"""Gradient times input (Shrikumar et al. 2016) at the embedding layer: integrated gradients' crudest relative."""

from typing import ClassVar, Literal

from simulations.text.explain.method import Asked, Method, Told


class GradientInput(Method):
    """The gradient at the embeddings times the embeddings, summed over their dimensions, by Captum."""

    source: ClassVar[str] = "Shrikumar, Greenside, Shcherbina and Kundaje 2016"
    name: Literal["gradient_input"] = "gradient_input"

    def explain(self, asked: Asked) -> Told:
        """One pass forth and back."""
        from captum.attr import LayerGradientXActivation

        method = LayerGradientXActivation(asked.log_probability, asked.embeddings)
        found = method.attribute(asked.ids, target=asked.target, additional_forward_args=(asked.mask,))
        return Told(found.detach().sum(dim=2).numpy())
