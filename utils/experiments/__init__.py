"""What is trained, stored, measured and compared.

Handed on lazily: `train` and what else trains bring TensorFlow along when they are first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "claims": ["claim"],
        "event_log": ["RunLog", "read_scalars"],
        "gate_training": ["train_gate"],
        "history": ["compare", "epoch_table", "load_runs", "reference"],
        "ladder": ["RUNGS", "rung_config"],
        "ladder_board": ["leaderboard"],
        "measured": ["read_measured"],
        "own_studies": ["own_study", "read_study"],
        "rung_times": ["training_time"],
        "run_folder": ["read_record", "run_dir", "variant_label"],
        "search.space": ["SPACE", "changed_fields", "draw_point", "point_config"],
        "sentences": [
            *("say_against", "say_difference", "say_extremes", "say_mistakes", "say_steps"),
        ],
        "statistics": ["compare_pairs", "interval"],
        "studies": ["STUDIES", "config_for"],
        "study_runner": ["run_study"],
        "tables": ["describe", "to_html", "to_markdown"],
        "training": ["evaluate", "load_network", "train"],
    },
)
