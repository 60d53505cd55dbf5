"""The training curve: members, medians and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from proda.errors import InputError
from proda.figures.training import draw_training

LOSS = np.array([[0.4, 0.2, 0.1], [0.5, 0.3, np.nan], [0.6, 0.1, 0.05]])


def test_members_are_thin_and_their_median_bold():
    figure = draw_training(LOSS, LOSS * 1.1, mean_loss=0.25)
    lines = figure.axes[0].get_lines()
    assert len(lines) == 9
    widths = [line.get_linewidth() for line in lines]
    median, validation = lines[3], lines[7]
    assert widths[3] == widths[7] == max(widths)
    np.testing.assert_array_equal(median.get_xdata(), [1, 2, 3])
    # Of the two members that are still training at the last epoch.
    np.testing.assert_allclose(median.get_ydata(), [0.5, 0.2, 0.075])
    np.testing.assert_allclose(validation.get_ydata(), [0.55, 0.22, 0.0825])
    np.testing.assert_array_equal(lines[1].get_ydata(), LOSS[1])
    assert set(lines[8].get_ydata()) == {0.25}
    assert figure.axes[0].get_yscale() == "log"
    plt.close(figure)


def test_without_validation_there_is_the_training_alone():
    figure = draw_training(LOSS)
    assert len(figure.axes[0].get_lines()) == 4
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["training"]
    plt.close(figure)


@pytest.mark.parametrize(
    ("loss", "validation", "words"),
    [
        (LOSS, LOSS[:2], ["validation loss", "(3, 3)", "(2, 3)"]),
        (LOSS[0], LOSS[0], ["training loss", "(member, epoch)", "(3,)"]),
        (LOSS, np.where([[False], [True], [False]], np.nan, LOSS), ["member 1", "one epoch"]),
        (LOSS - 0.1, LOSS, ["training loss, member 0, epoch 3", "positive", "found 0"]),
    ],
)
def test_refuses(loss, validation, words):
    with pytest.raises(InputError) as error:
        draw_training(loss, validation)
    assert all(word in str(error.value) for word in words)
    plt.close("all")


def test_a_network_of_sites_without_certificate_is_marked():
    labels = [draw_training(LOSS, marked=marked).axes[0].get_ylabel() for marked in (False, True)]
    assert labels == ["mean squared error", "mean squared error*"]
    plt.close("all")
