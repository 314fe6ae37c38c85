"""The twelve CIFAR-10 notebooks of the article that the course grew from: their recipes, as data.

As published, flaws included; nothing here knows TensorFlow, data sets or folders. Source: the
repository at that commit, read notebook by notebook, and the article that tells of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from utils.networks.tflearn_cnn.config import Config

__all__ = ["ARTICLE", "COMMIT", "PAIRS", "RECIPES", "REPOSITORY", "ArticlePair", "ArticleRecipe"]

REPOSITORY = "https://github.com/emilwallner/Deep-Learning-101"
COMMIT = "050f173b05b75553ba27cf3555ad529d7fde6680"  # 2017-09-25, the last one
ARTICLE = "https://floydhub.github.io/my-first-weekend-of-deep-learning/"


@dataclass(frozen=True)
class ArticleRecipe:
    """What one notebook trains.

    notebook: its file's name there, without `.ipynb`.
    run_id: what it calls its run in TensorBoard.
    config: the recipe. Its validation pictures are the 10,000 *test* pictures, and its training
        pictures all 50,000 others.
    study, variant: which of our runs is nearest to it, by its name.
    """

    notebook: str
    run_id: str
    config: Config
    study: str
    variant: str

    @property
    def trained_as(self) -> str:
        """The first notebook of the very same recipe: its own name, unless it repeats one."""
        return next(one.notebook for one in RECIPES.values() if one.config == self.config)


@dataclass(frozen=True)
class ArticlePair:
    """Two of its notebooks that the article compares.

    factor: the field of Config that the pair is named after.
    first, second: notebooks; the claim is about the first as against the second.
    claim: what the article says comes out, in our words.
    """

    factor: str
    first: str
    second: str
    claim: str


# What most of them share. No notebook sets a seed: 0 is ours.
_PLAIN = Config(
    layers=((32,), (64, 64)),
    dense_units=512,
    dropout=0.5,
    regularizer="none",
    weight_decay=0.001,  # TFLearn's default; no notebook names it
    batch_size=96,
    learning_rate=0.001,
    optimizer="adam",
    epochs=50,
    flip=True,
    rotation=25.0,
    precision="float32",
    seed=0,
    train_size=50_000,
    validation_size=10_000,
    poolings=None,
    dense_init="truncated_normal",  # TFLearn's default
    corners="black",  # TFLearn turns pictures before it centres them
)
_NO_DROPOUT = replace(_PLAIN, dropout=0.0)  # no dropout layer at all

RECIPES: Mapping[str, ArticleRecipe] = MappingProxyType(
    {
        notebook: ArticleRecipe(notebook, run_id, config, *ours.split("/"))
        for notebook, run_id, config, ours in (
            (
                "experiment_0_few_layers",
                "cifar_one_layer_sets",
                replace(_NO_DROPOUT, layers=((32,),)),
                "layers/one-set",
            ),
            (
                "experiment_0_three_layer_sets",
                "cifar_three_layer_sets",
                replace(_NO_DROPOUT, layers=((32,), (64,), (64,))),
                "layers/three-sets",
            ),
            ("experiment_1_with_dropout", "cifar_drop_out", _PLAIN, "dropout/0.5"),
            (  # it has its dropout layer; its second pooling is commented out
                "experiment_1_without_dropout",
                "cifar_whitout_drop_out",
                replace(_PLAIN, poolings=1),
                "dropout/0",
            ),
            (
                "experiment_2_regulizer_L2",
                "cifar_regulizer_L2",
                replace(_NO_DROPOUT, regularizer="L2"),
                "regularization/L2",
            ),
            (
                "experiment_2_regulizer_whithout_L2",
                "cifar_without_regulizer",
                _NO_DROPOUT,
                "regularization/none",
            ),
            (
                "experiment_2_without_regulizer",
                "cifar_without_regulizer",
                _NO_DROPOUT,
                "regularization/none",
            ),
            (
                "experiment_3_high_batch_size",
                "cifar_high_batch_size",
                replace(_PLAIN, batch_size=2000),
                "batch_size/2000",
            ),
            (
                "experiment_3_low_batch_size",
                "cifar_hight_batch_size",
                replace(_PLAIN, batch_size=50),
                "batch_size/50",
            ),
            (
                "experiment_4_learning_rate_high",
                "cifar_learning_rate_high",
                replace(_PLAIN, learning_rate=0.01),
                "learning_rate/0.01",
            ),
            (
                "experiment_4_learning_rate_low",
                "cifar_learning_rate_low",
                replace(_PLAIN, learning_rate=0.0001),
                "learning_rate/0.0001",
            ),
            (
                "experiment_4_learning_rate_normal",
                "cifar_learning_rate_normal",
                _PLAIN,
                "learning_rate/0.001",
            ),
        )
    }
)

PAIRS = (
    ArticlePair(
        "layers",
        "experiment_0_three_layer_sets",
        "experiment_0_few_layers",
        "three sets are about 15 points more accurate; one set underfits",
    ),
    ArticlePair(
        "dropout",
        "experiment_1_with_dropout",
        "experiment_1_without_dropout",
        "the two differ in a dropout layer alone; later it calls L2's outcome similar, so this did "
        "better too",
    ),
    ArticlePair(
        "regularizer",
        "experiment_2_regulizer_L2",
        "experiment_2_regulizer_whithout_L2",
        "the network with L2 does better than the one without",
    ),
    ArticlePair(
        "batch_size",
        "experiment_3_high_batch_size",
        "experiment_3_low_batch_size",
        "large batches need fewer steps, each of them more exact; of accuracy it says nothing",
    ),
    ArticlePair(
        "learning_rate",
        "experiment_4_learning_rate_high",
        "experiment_4_learning_rate_normal",
        "too high a rate may not converge, and this one doesn't",
    ),
    ArticlePair(
        "learning_rate",
        "experiment_4_learning_rate_low",
        "experiment_4_learning_rate_normal",
        "too low a rate may not converge either",
    ),
)
