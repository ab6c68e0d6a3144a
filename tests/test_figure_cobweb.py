"""What the parabolas and their cobwebs show, looked up in the drawing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.testing import assert_allclose

from generator.figures import canvas, gif
from generator.figures.animation import Animation
from generator.figures.catalogue import COBWEB_PRODUCTS, KINDS
from generator.figures.kinds import cobweb
from tests import flashes, runs


@pytest.fixture(scope="module")
def picture() -> Animation:
    return cobweb.draw([])


def axes() -> Axes:
    return canvas.plot(Figure(), 20, 20, 120, 120)


def descended(product: float, steps: int) -> list[float]:
    """The error by descent itself, one step after the other, for λ = 3."""
    slope = 3.0
    errors = [1.0]
    for _ in range(steps):
        gradient = slope * errors[-1]
        errors.append(errors[-1] - product / slope * gradient)
    return errors


@pytest.mark.parametrize("product", COBWEB_PRODUCTS)
def test_the_ball_stands_on_the_parabola_where_descent_is(product: float) -> None:
    part = cobweb.parabola(axes(), cobweb.path(product))
    steps, past, ball = part.movers
    for t in (0, 1, 7):
        part.show(t)
        e = np.array(descended(product, t))
        assert_allclose(ball.get_xdata(), e[-1:], atol=1e-12)
        assert_allclose(ball.get_ydata(), 0.5 * e[-1:] ** 2, atol=1e-12)
        assert_allclose(steps.get_xdata(), e, atol=1e-12)
        assert_allclose(past.get_xdata(), e[:-1], atol=1e-12)


@pytest.mark.parametrize("product", COBWEB_PRODUCTS)
def test_the_cobweb_turns_on_the_rule_and_on_the_diagonal(product: float) -> None:
    part = cobweb.cobweb(axes(), cobweb.path(product), product)
    part.show(6)
    x, y = part.movers[0].get_data()
    assert_allclose(y[1::2], (1 - product) * x[1::2], atol=1e-12)
    assert_allclose(y[::2], x[::2])
    assert_allclose(x[::2], descended(product, 6), atol=1e-12)


def test_past_the_limit_the_ball_leaves_the_picture_and_at_the_limit_it_stays() -> None:
    assert abs(cobweb.path(2.2)[-1]) > cobweb.REACH
    assert_allclose(np.abs(cobweb.path(2.0)), 1.0)


def test_every_step_is_shown_and_the_last_one_held_within_five_seconds(picture: Animation) -> None:
    assert picture.shown == tuple(range(cobweb.STEPS + 1))
    assert sum(picture.delays_ms) <= 5000
    assert picture.delays_ms[-1] == max(picture.delays_ms)
    assert not picture.loop


def test_the_picture_has_its_size_is_small_and_does_not_flash(picture: Animation) -> None:
    kind = KINDS["cobweb"]
    assert picture.first.shape == (kind.height * canvas.SCALE, kind.width * canvas.SCALE)
    assert len(gif.encode(picture)[".gif"]) < 400_000
    assert flashes.most_in_a_second(picture) <= 3


@pytest.mark.parametrize("products", [(1e-9,), (1e200, 2.5), (0.5, 1, 1.5, 2, 2.5, 3)])
def test_other_products_are_drawn(products: tuple[float, ...]) -> None:
    assert len(cobweb.draw([], products=products).shown) == cobweb.STEPS + 1


def test_the_alt_text_tells_the_five_ways_apart() -> None:
    alt = runs.alt_text("cobweb", [])
    for way in ("0.80 of the error", "one step lands", "lower each time", "bounces for ever", "higher each time"):
        assert alt.count(way) == (2 if way == "0.80 of the error" else 1)
