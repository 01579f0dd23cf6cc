"""Blinks: counted once, told from closed eyes, and no rate where it would be wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from facemotion.statistics import blinks
from tests.measured import faces_of

FPS = 30


def eyes(
    shut: list[tuple[float, float]], duration_s: float = 20.0, fps: float = FPS
) -> pd.DataFrame:
    """A face whose AU45 is 5 between the times in ``shut`` and 0 elsewhere."""
    times = np.arange(round(duration_s * fps)) / fps
    closed = np.zeros(len(times))
    for start, end in shut:
        closed[(times >= start - 1e-6) & (times < end - 1e-6)] = 5.0
    return faces_of(times, AU45=closed)


def test_blinks_are_counted_per_minute_of_observed_time() -> None:
    found = blinks.find(eyes([(2.0, 2.2), (7.0, 7.2), (12.0, 12.2)]), 1)
    assert len(found.blinks) == 3
    assert found.observed_s == pytest.approx(20.0 - 1 / FPS)
    assert found.rate_per_min == pytest.approx(60 * 3 / found.observed_s)
    assert found.note is None


def test_a_blink_has_its_times_between_the_samples() -> None:
    (blink,) = blinks.find(eyes([(2.0, 2.2)]), 1).blinks.to_dict("records")
    # From 0 to 5 within one sample: the level of 1.5 is crossed at 30 % of the way.
    assert blink["start_s"] == pytest.approx(2.0 - 0.7 / FPS)
    assert blink["end_s"] == pytest.approx(2.2 - 0.3 / FPS)
    assert blink["duration_s"] == pytest.approx(blink["end_s"] - blink["start_s"])
    assert blink["intensity"] == 5.0


def test_noise_between_the_two_levels_is_no_second_blink() -> None:
    faces = eyes([(2.0, 2.3)])
    faces.loc[faces["timestamp"].between(2.09, 2.14), "AU45"] = 2.0
    assert len(blinks.find(faces, 1).blinks) == 1


def test_lids_that_only_droop_are_no_blink() -> None:
    faces = eyes([(2.0, 2.2)])
    faces["AU45"] = faces["AU45"].clip(upper=2.4)
    assert blinks.find(faces, 1).blinks.empty


def test_eyes_closed_for_longer_are_a_closure() -> None:
    found = blinks.find(eyes([(2.0, 2.2), (5.0, 6.5)]), 1)
    assert len(found.blinks) == 1
    assert found.closures["duration_s"].tolist() == pytest.approx([1.5], abs=0.05)


def test_a_flicker_of_one_sample_in_fast_video_is_noise() -> None:
    assert blinks.find(eyes([(2.0, 2.004)], fps=240), 1).blinks.empty


@pytest.mark.parametrize("fps", [1 / 3, 5.0, 10.0])
def test_sparse_sampling_gives_no_number(fps: float) -> None:
    found = blinks.find(eyes([(2.0, 2.2)], 60.0, fps), 1)
    assert found.rate_per_min is None
    assert found.blinks.empty
    assert "more than 10 a second" in str(found.note)


def test_a_short_time_gives_blinks_but_no_rate() -> None:
    found = blinks.find(eyes([(2.0, 2.2)], duration_s=6.0), 1)
    assert (len(found.blinks), found.rate_per_min) == (1, None)
    assert "a rate needs 10 s" in str(found.note)


def test_time_without_a_measurement_is_not_observed() -> None:
    faces = eyes([(2.0, 2.2), (8.0, 8.2), (18.0, 18.2)])
    faces.loc[faces["timestamp"].between(7.0, 12.0), "AU45"] = np.nan
    found = blinks.find(faces, 1)
    assert len(found.blinks) == 2
    assert found.observed_s == pytest.approx(15.0, abs=0.15)


def test_a_blink_that_reaches_into_a_gap_is_not_counted() -> None:
    faces = eyes([(2.0, 2.2)])
    faces.loc[faces["timestamp"].between(2.1, 4.0), "AU45"] = np.nan
    found = blinks.find(faces, 1)
    assert found.blinks.empty
    assert found.closures.empty


def test_unmeasured_eyes_say_so() -> None:
    found = blinks.find(faces_of(np.arange(100) / FPS), 1)
    assert (found.rate_per_min, found.note) == (None, "AU45 was not measured.")


def test_every_person_has_a_row() -> None:
    other = eyes([]).assign(face_id=4, person="Ana")
    table = blinks.rates(pd.concat([eyes([(2.0, 2.2)]), other], ignore_index=True))
    assert table["person"].tolist() == ["Face 1", "Ana"]
    assert table["blinks"].tolist() == [1, 0]
    assert table["rate_per_min"].tolist() == pytest.approx([60 / 19.9667, 0.0], abs=1e-3)
    assert table["note"].tolist() == ["", ""]
