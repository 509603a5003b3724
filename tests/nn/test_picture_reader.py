"""A reader of pictures: shapes, what it may not depend on, one task that it must learn."""

import torch
from torch.nn.functional import cross_entropy

from dubito.nn.picture_reader import PictureReader


def reader(**options: int) -> PictureReader:
    torch.manual_seed(0)
    return PictureReader(questions=2, classes=5, width=16, **options)


def test_shapes() -> None:
    pixels = torch.rand(3, 16, 16, 3)
    assert reader()(pixels, torch.tensor([0, 1, 0])).shape == (3, 5)
    assert reader(patch=4, channels=1)(pixels[..., :1], torch.tensor([0, 1, 0])).shape == (3, 5)


def test_places_of_patches_do_not_matter() -> None:
    pixels, question = torch.rand(2, 16, 16, 3), torch.tensor([0, 1])
    moved = torch.roll(pixels, (8, 8), dims=(1, 2))
    model = reader()
    torch.testing.assert_close(model(moved, question), model(pixels, question))


def test_pictures_of_a_batch_do_not_see_each_other() -> None:
    pixels, question = torch.rand(4, 16, 16, 3), torch.tensor([0, 1, 1, 0])
    model = reader()
    alone = torch.cat([model(p[None], q[None]) for p, q in zip(pixels, question, strict=True)])
    torch.testing.assert_close(model(pixels, question), alone)


def test_the_question_decides_what_counts_of_a_patch() -> None:
    """Also where it is not told to the classifier itself."""
    model = reader()
    torch.nn.init.zeros_(model.asked.weight)
    pixels = torch.rand(1, 16, 16, 3).expand(2, -1, -1, -1)
    first, second = model(pixels, torch.tensor([0, 1]))
    assert not torch.allclose(first, second)


def test_it_learns_what_depends_on_both() -> None:
    """Question 0: is there red? Question 1: is there green? One patch of each picture is lit."""
    generator = torch.Generator().manual_seed(0)
    pixels = torch.zeros(32, 16, 16, 3)
    lit = torch.randint(2, (32, 2), generator=generator)
    pixels[:, :8, :8, 0] = lit[:, 0, None, None].float()
    pixels[:, 8:, 8:, 1] = lit[:, 1, None, None].float()
    question = torch.randint(2, (32,), generator=generator)
    answer = lit[torch.arange(32), question]
    model = reader()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        cross_entropy(model(pixels, question), answer).backward()
        optimiser.step()
    assert (model(pixels, question).argmax(dim=-1) == answer).all()
