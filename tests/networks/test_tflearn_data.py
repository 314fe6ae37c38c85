"""What of TFLearn 0.5 handles data: augmentation, preprocessing, models, helpers for files."""

import csv
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image
from tflearn_parts import public

from utils.networks.tflearn_cnn.compat import new_graph, quiet_fit, tflearn

import tensorflow.compat.v1 as tf  # isort: skip  # after compat, which imports it quietly

# SciPy warns of the old names by which TFLearn turns and blurs.
pytestmark = pytest.mark.filterwarnings("ignore:Please import:DeprecationWarning")
RNG = np.random.default_rng(0)
PICTURES = RNG.uniform(0, 255, (8, 6, 6, 3)).astype(np.float32)
LABELS = np.eye(2, dtype=np.float32)[[0, 1] * 4]
utils = tflearn.data_utils


def additions(kind):
    """Return what may be added to an augmentation or a preprocessing, by name."""
    return {name for name in dir(kind) if name.startswith("add_")}


# Pictures on their way to a network

AUGMENTED = {
    "add_random_crop": ((6, 6), 2), "add_random_flip_leftright": (), "add_random_flip_updown": (),
    "add_random_90degrees_rotation": (), "add_random_rotation": (25.0,), "add_random_blur": (3.0,),
}  # fmt: skip
PREPARED = {
    "add_custom_preprocessing": (lambda batch: [image / 2 for image in batch],),
    "add_image_normalization": (), "add_crop_center": ((6, 6),),
    "add_samplewise_zero_center": (), "add_samplewise_stdnorm": (),
    "add_featurewise_zero_center": (), "add_featurewise_stdnorm": (), "add_zca_whitening": (),
}  # fmt: skip


def fitted(folder, **parts):
    """Return a model fitted to PICTURES for an epoch, which may augment and prepare them."""
    new_graph(seed=0, precision="float32")
    prepare, augment = tflearn.ImagePreprocessing(), tflearn.ImageAugmentation()
    for name, arguments in parts.items():
        getattr(prepare if name in PREPARED else augment, name)(*arguments)
    network = tflearn.input_data(
        [None, 6, 6, 3], data_preprocessing=prepare, data_augmentation=augment
    )
    network = tflearn.fully_connected(network, 2, activation="softmax")
    model = tflearn.DNN(
        tflearn.regression(network, learning_rate=1e-4), tensorboard_dir=str(folder / "logs")
    )
    with quiet_fit():
        model.fit(PICTURES.copy(), LABELS, n_epoch=1, batch_size=4, shuffle=False)
    return model


def test_every_way_to_change_pictures_is_tried():
    assert set(AUGMENTED) == additions(tflearn.ImageAugmentation)
    assert set(PREPARED) == additions(tflearn.ImagePreprocessing)


@pytest.mark.parametrize("name", AUGMENTED)
def test_an_augmentation_keeps_the_shape_and_changes_some_pictures(name):
    augment = tflearn.ImageAugmentation()
    getattr(augment, name)(*AUGMENTED[name])
    changed = np.array(augment.apply(list(np.repeat(PICTURES, 4, axis=0))))
    assert changed.shape == (32, 6, 6, 3)
    assert (changed != np.repeat(PICTURES, 4, axis=0)).any()


def test_a_network_is_fitted_with_every_augmentation_at_once(tmp_path):
    model = fitted(tmp_path, **AUGMENTED)
    assert np.isfinite(model.predict(PICTURES)).all()


@pytest.mark.parametrize("name", PREPARED)
def test_a_network_is_fitted_and_predicts_with_a_preprocessing(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # whitening leaves its matrix in the working folder, as PC.pkl
    model = fitted(tmp_path, **{name: PREPARED[name]})
    assert np.isfinite(model.predict(PICTURES.copy())).all()
    assert (tmp_path / "PC.pkl").exists() == (name == "add_zca_whitening")


def test_a_mean_that_was_found_is_saved_and_loaded_with_the_model(tmp_path):
    model = fitted(tmp_path, add_featurewise_zero_center=())
    model.save(str(tmp_path / "model"))
    (prepare,) = tf.get_collection(tf.GraphKeys.DATA_PREP)
    prepare.global_mean.value = None
    model.load(str(tmp_path / "model"))
    assert prepare.global_mean.value == pytest.approx(PICTURES.mean(), rel=1e-5)


# Models


def test_fit_keeps_checkpoints_and_histograms_where_it_is_asked_to(tmp_path):
    new_graph(seed=0, precision="float32")
    network = tflearn.fully_connected(tflearn.input_data([None, 6, 6, 3]), 2, "softmax")
    model = tflearn.DNN(
        tflearn.regression(network), tensorboard_verbose=3, tensorboard_dir=str(tmp_path),
        checkpoint_path=str(tmp_path / "step"), best_checkpoint_path=str(tmp_path / "best"),
        best_val_accuracy=-1.0,
    )  # fmt: skip
    with quiet_fit():
        model.fit(
            PICTURES, LABELS, n_epoch=1, batch_size=4, validation_set=(PICTURES, LABELS),
            show_metric=True, snapshot_step=1, run_id="run",
        )  # fmt: skip
    kept = {path.name.split(".")[0] for path in tmp_path.glob("*.index")}
    assert {"step-1", "step-2"} <= kept and any(name.startswith("best") for name in kept)
    (events,) = (tmp_path / "run").glob("events*")
    tags = {v.tag for event in tf.train.summary_iterator(str(events)) for v in event.summary.value}
    assert {"Accuracy/Validation", "Loss"} <= {tag.removesuffix("/") for tag in tags}
    assert any("Gradients" in tag for tag in tags)
    assert np.array_equal(
        model.predict_label(PICTURES)[:, 0], np.argmax(model.predict(PICTURES), 1)
    )


def test_a_sequence_generator_goes_on_with_letters_as_it_has_learned(tmp_path, capsys):
    new_graph(seed=0, precision="float32")
    x, y, letters = utils.string_to_semi_redundant_sequences("abc" * 12, 4, 1)
    network = tflearn.lstm(tflearn.input_data([None, 4, 3]), 8)
    network = tflearn.fully_connected(network, 3, activation="softmax")
    model = tflearn.SequenceGenerator(
        tflearn.regression(network, learning_rate=0.1), dictionary=letters, seq_maxlen=4,
        tensorboard_dir=str(tmp_path),
    )  # fmt: skip
    with quiet_fit():
        model.fit(x, y, n_epoch=12, batch_size=8)
    assert model.generate(6, temperature=0.1, seq_seed="abca") == "abcabcabca"


def test_batches_come_as_tensors_from_threads_of_their_own(monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda details: None)  # the queue is closed
    new_graph()
    x, y, feeder = tflearn.data_flow.generate_data_tensor(PICTURES, LABELS, 4, shuffle=False)
    with tf.Session() as session:
        (thread,) = feeder.launch_threads(session)
        images, labels = session.run([x, y])
        session.run(feeder.queue.close(cancel_pending_enqueues=True))
        thread.join()
    assert np.array_equal(images, PICTURES[:4]) and np.array_equal(labels, LABELS[:4])


# Helpers for arrays, texts and files


def test_arrays_are_counted_centred_and_padded():
    assert utils.to_categorical([1, 0], 2).tolist() == [[0, 1], [1, 0]]
    assert utils.pad_sequences([[1], [2, 3, 4]], 2).tolist() == [[1, 0], [2, 3]]
    table = np.arange(6.0).reshape(2, 3)
    row = table[:, None]
    assert utils.samplewise_zero_center(row.copy()).tolist() == [[[-1, 0, 1]]] * 2
    assert utils.samplewise_std_normalization(row.copy()).std(axis=2) == pytest.approx(1)
    assert utils.featurewise_zero_center(table)[1].tolist() == [1.5, 2.5, 3.5]
    assert utils.featurewise_std_normalization(table)[1].tolist() == [1.5] * 3
    first, second = utils.shuffle(range(9), range(9))
    assert np.array_equal(first, second) and sorted(first) == list(range(9))
    for flip in (utils.random_flip_leftright, utils.random_flip_updown):
        assert sorted(flip(table).ravel()) == list(range(6))
    assert [f(table) for f in (utils.get_max, utils.get_mean)] == [5, 2.5]
    assert utils.get_std(table) == table.std()
    assert (utils.get_num_features(table), utils.get_num_sample(table)) == (3, 2)
    assert utils.get_num_classes([0, 2, 1]) == 3 and utils.is_array(table)


def test_texts_become_letters_that_follow_letters(tmp_path, capsys):
    (tmp_path / "text").write_text("ABAB")
    x, y, letters = utils.textfile_to_semi_redundant_sequences(tmp_path / "text", 2, 1, True)
    assert (x.shape, letters) == ((2, 2, 2), utils.chars_to_dictionary("ab"))
    assert y.tolist() == [[True, False], [False, True]]
    assert utils.random_sequence_from_string("aaaa", 2) == "aa"
    assert utils.random_sequence_from_textfile(tmp_path / "text", 2) in {"AB", "BA"}


@pytest.fixture
def folder(tmp_path):
    """Return a folder of two classes with a picture each, and a list of the two."""
    lines = []
    for label, name in enumerate(("cats", "dogs")):
        (tmp_path / "all" / name).mkdir(parents=True)
        path = tmp_path / "all" / name / "1.png"
        Image.fromarray(np.full((4, 4, 3), 51 * label, np.uint8)).save(path)
        lines.append(f"{path} {label}")
    (tmp_path / "list.txt").write_text("\n".join(lines))
    return tmp_path


def test_pictures_are_read_from_a_folder_resized_by_todays_filter(folder, capsys):
    everything = str(folder / "all")
    paths, labels = utils.directory_to_samples(everything, flags=["png"], filter_channel=True)
    image = utils.resize_image(utils.load_image(paths[1]), 2, 3, str(folder / "small.png"))
    assert (image.size, labels, utils.get_img_channel(paths[0])) == ((2, 3), [0, 1], 3)
    assert utils.pil_to_nparray(utils.convert_color(image, "L")).tolist() == [[51, 51]] * 3
    images, _ = utils.image_dirs_to_samples(everything, resize=(2, 2))
    assert images[1].shape == (2, 2, 3) and images[1].max() == pytest.approx(0.2)
    x, y = utils.build_image_dataset_from_dir(everything, str(folder / "set.pkl"), (2, 2))
    assert np.array_equal(x[1], images[1]) and y == [0, 1]


def test_pictures_are_read_from_a_list_one_by_one_or_into_a_file(folder):
    x, y = utils.image_preloader(str(folder / "list.txt"), (2, 2))
    assert isinstance(x, utils.ImagePreloader) and isinstance(y, utils.LabelPreloader)
    assert isinstance(x, utils.Preloader) and len(x) == 2
    assert x[1].max() == pytest.approx(0.2) and y[[0, 1]][1].tolist() == [0, 1]
    utils.build_hdf5_image_dataset(str(folder / "list.txt"), (2, 2), str(folder / "set.h5"))
    with h5py.File(folder / "set.h5") as file:
        assert file["X"].shape == (2, 2, 2, 3) and file["Y"][1].tolist() == [0, 1]


def test_a_csv_file_is_read_without_the_columns_that_are_ignored(tmp_path):
    with (tmp_path / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["kind", "a", "b"], ["1", "5", "6"]])
    data, targets = utils.load_csv(str(tmp_path / "table.csv"), 0, [2], True, True, 2)
    assert data == [["5"]] and targets.tolist() == [[0, 1]]


def test_every_helper_for_data_is_tried_here():
    tried = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in public(utils) if f"utils.{name}" not in tried} == {
        "VocabularyProcessor"
    }
