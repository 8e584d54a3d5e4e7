"""Pictures from a card's frames: the same bytes as from the processor's."""

import av
import numpy as np
import pytest

from pipeline.sources.planes import Converter


@pytest.mark.parametrize("size", [(64, 48), (66, 50)])
def test_woven_chroma_of_a_card_gives_the_same_picture(size: tuple[int, int]) -> None:
    """A card hands out NV12, which FFmpeg converts to BGR with other rounding than YUV 4:2:0."""
    noise = np.random.default_rng(0).integers(0, 256, (size[1] * 3 // 2, size[0]), np.uint8)
    planar = av.VideoFrame.from_ndarray(noise, format="yuv420p")
    woven = planar.reformat(format="nv12")
    found, expected = Converter().bgr(woven), Converter().bgr(planar)
    assert found is not None
    assert expected is not None
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(woven.to_ndarray(format="bgr24"), found), "else nothing is to do"
