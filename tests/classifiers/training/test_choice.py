"""Which posts a teacher is asked about."""

from __future__ import annotations

from classifiers.training import choice, loop
from classifiers.training.loop import Recipe
from tests.classifiers.training import toy


def test_half_are_drawn_and_half_are_doubted(tiny: toy.Tiny) -> None:
    """The first half stays as it comes; of the rest those are taken on which the network is least sure, in order."""
    net = loop.resume(toy.weights(tiny), Recipe())
    posts = toy.examples(40, seed=1)
    chosen = choice.worth_asking(net, posts, 20, 32)
    assert chosen[:10] == posts[:10]
    doubts = choice.doubt(net, posts, 32)
    assert (doubts > 0).all()
    assert (doubts <= 0.25).all()
    least = min(doubts[posts.index(one)] for one in chosen[10:])
    assert all(doubts[posts.index(one)] <= least for one in posts[10:] if one not in chosen)
    assert chosen[10:] == [one for one in posts[10:] if one in chosen[10:]]


def test_all_are_asked_where_there_are_few(tiny: toy.Tiny) -> None:
    """Fewer posts than may be asked about need no choice."""
    net = loop.resume(toy.weights(tiny), Recipe())
    posts = toy.examples(12, seed=1)
    assert choice.worth_asking(net, posts, 20, 32) == posts


def test_a_blend_lies_between(tiny: toy.Tiny) -> None:
    """Each weight is the mean of the two by their shares, and the other network stays as it is."""
    one, two = (loop.resume(toy.weights(tiny, name), Recipe()) for name in ("one", "two"))
    one.layer.bias.data.fill_(1.0)
    two.layer.bias.data.fill_(3.0)
    loop.blend(one, two, 0.25)
    assert one.layer.bias.tolist() == [1.5] * len(one.layer.bias)
    assert two.layer.bias.tolist() == [3.0] * len(two.layer.bias)
    for name, weight in two.encoder.state_dict().items():
        assert one.encoder.state_dict()[name].allclose(weight), name
