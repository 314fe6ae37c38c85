"""The sides: who is measured, by which module, in which precision and environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from utils.networks.processor import cpu_has_bfloat16

__all__ = ["SIDES", "Side"]


@dataclass(frozen=True)
class Side:
    """One side of the comparison.

    title: as the table names it.
    module: the module of benchmarks.epoch that trains it.
    precision: `float32`, `bfloat16`, or `auto`: bfloat16 where the processor multiplies it.
    rival: runs in the rivals' environment instead of the learner's.
    compiled: PyTorch's: whether torch.compile compiles the network.
    avx2: environment variables under the ISA avx2, over those that hold for all.
    native: whether it is measured under the ISA native, too.
    """

    title: str
    module: str
    precision: str
    rival: bool = False
    compiled: bool = False
    avx2: Mapping[str, str] = field(default_factory=dict)
    native: bool = True

    def missing(self, isa: str) -> str:
        """Say why this side can't be measured on this processor held to that ISA, or nothing."""
        if self.precision == "bfloat16" and (isa != "native" or not cpu_has_bfloat16()):
            return "there is no bfloat16 to multiply in"
        return (
            "" if self.native or isa != "native" else "under avx2 alone it differs from the course"
        )

    def precision_under(self, isa: str) -> str:
        """Return the precision to ask for; `auto` only of the course, which knows it itself."""
        if isa != "native":
            return "float32"
        best = "bfloat16" if cpu_has_bfloat16() else "float32"
        return best if self.precision == "auto" and self.rival else self.precision


ONEDNN = "TF_ENABLE_ONEDNN_OPTS"

SIDES = {
    "course": Side("this course", "course", "auto", avx2={ONEDNN: "1"}),
    "course-default-kernels": Side(
        "this course, TensorFlow's default kernels", "course", "auto",
        avx2={ONEDNN: "0"}, native=False,
    ),
    "article": Side("the article's TFLearn code", "article", "float32"),
    "keras": Side("Keras `fit`", "keras_side", "float32", avx2={ONEDNN: "1"}),
    "keras-bf16": Side("Keras `fit`, `mixed_bfloat16`", "keras_side", "bfloat16"),
    "torch": Side("PyTorch", "torch_side", "float32", rival=True),
    "torch-bf16": Side("PyTorch, autocast", "torch_side", "bfloat16", rival=True),
    "torch-compile": Side(
        "PyTorch, `torch.compile`", "torch_side", "auto", rival=True, compiled=True
    ),
    "jax": Side("JAX, `jit`", "jax_side", "float32", rival=True),
    "jax-bf16": Side("JAX, `jit`, bfloat16", "jax_side", "bfloat16", rival=True),
}  # fmt: skip
