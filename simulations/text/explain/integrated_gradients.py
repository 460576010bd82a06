"""Integrated gradients (Sundararajan, Taly and Yan 2017) over the embedding layer, by Captum (Kokhlikyan et al. 2020).

The path leads from a text of nothing (padding between the marks of begin and end) to the text. By completeness the
attributions sum to the difference between both predictions; what is missing, because the integral is a sum of
``steps``, is the convergence delta.
"""

from typing import ClassVar, Literal

from pydantic import Field

from simulations.text.explain.method import Asked, Method, Told

_LEAST = 1e-3  # of a difference, as a share of which a delta is told


class IntegratedGradients(Method):
    """Captum's layer integrated gradients on the embeddings, summed over their dimensions."""

    source: ClassVar[str] = "Sundararajan et al. 2017; Captum; Jaiswal and Mower Provost 2021, sec. 6.2"
    name: Literal["integrated_gradients"] = "integrated_gradients"
    steps: int = Field(32, ge=2, description="of the Gauss-Legendre quadrature")

    def explain(self, asked: Asked) -> Told:
        """With the convergence delta of each text."""
        import torch
        from captum.attr import LayerIntegratedGradients

        method = LayerIntegratedGradients(asked.log_probability, asked.embeddings)
        baseline = asked.baseline()
        attributed, delta = method.attribute(
            asked.ids,
            baselines=baseline,
            target=asked.target,
            additional_forward_args=(asked.mask,),
            n_steps=self.steps,
            internal_batch_size=max(len(asked.ids), 64),
            return_convergence_delta=True,
        )
        with torch.no_grad():
            ends = [asked.log_probability(ids, asked.mask) for ids in (asked.ids, baseline)]
        way = (ends[0] - ends[1]).gather(1, asked.target[:, None])[:, 0].abs().clamp(min=_LEAST)
        delta = delta.detach()
        return Told(attributed.detach().sum(dim=2).numpy(), delta.numpy(), (delta.abs() / way).numpy())
