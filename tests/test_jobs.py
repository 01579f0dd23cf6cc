"""Jobs: progress, single flight, cancel, failure."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest

from facemotion.errors import Cancelled, InputError
from facemotion.jobs import Job, Jobs
from facemotion.records import FoundFace, OnProgress, Progress

WAIT_S = 20.0


class Gate:
    """Work that tells when it has begun and ends when it is let go."""

    def __init__(self, answer: str = "done") -> None:
        self.begun = threading.Event()
        self.go = threading.Event()
        self.runs = 0
        self._answer = answer

    def __call__(self, on_progress: OnProgress) -> str:
        self.runs += 1
        self.begun.set()
        assert self.go.wait(WAIT_S)
        on_progress(Progress("faces", 1, 2, "frames"))
        return self._answer


def test_a_job_gives_the_result_of_its_work() -> None:
    job = Jobs[str]().submit("k", "a talk", lambda on_progress: "answer")
    assert job.result(WAIT_S) == "answer"
    assert (job.state, job.error, job.is_over) == ("done", None, True)


def test_a_second_submit_of_a_running_key_gives_the_same_job() -> None:
    jobs, gate = Jobs[str](), Gate()
    first = jobs.submit("k", "a talk", gate)
    assert gate.begun.wait(WAIT_S)
    second = jobs.submit("k", "a talk", gate)
    gate.go.set()
    assert second is first
    assert first.result(WAIT_S) == "done"
    assert gate.runs == 1


def test_different_keys_are_different_jobs_and_are_found_by_key() -> None:
    jobs = Jobs[str]()
    one = jobs.submit("1", "one", lambda on_progress: "one")
    two = jobs.submit("2", "two", lambda on_progress: "two")
    assert jobs.get("1") is one
    assert jobs.get("2") is two
    assert jobs.get("3") is None


def test_jobs_wait_for_a_free_worker_in_order() -> None:
    jobs, gate = Jobs[str](workers=1), Gate()
    jobs.submit("1", "one", gate)
    assert gate.begun.wait(WAIT_S)
    two = jobs.submit("2", "two", lambda on_progress: "two")
    three = jobs.submit("3", "three", lambda on_progress: "three")
    assert (two.state, three.state) == ("queued", "queued")
    assert (jobs.ahead_of(two), jobs.ahead_of(three)) == (0, 1)
    gate.go.set()
    assert three.result(WAIT_S) == "three"
    assert two.state == "done"


def test_cancel_comes_out_of_the_progress_callback() -> None:
    jobs, gate = Jobs[str](), Gate()
    job = jobs.submit("k", "a talk", gate)
    assert gate.begun.wait(WAIT_S)
    job.cancel()
    assert job.is_stopping
    gate.go.set()
    with pytest.raises(Cancelled):
        job.result(WAIT_S)
    assert (job.state, job.error, job.is_stopping) == ("cancelled", None, False)


def test_a_cancelled_queued_job_never_begins() -> None:
    jobs, gate, second = Jobs[str](workers=1), Gate(), Gate()
    first = jobs.submit("1", "one", gate)
    assert gate.begun.wait(WAIT_S)
    job = jobs.submit("2", "two", second)
    job.cancel()
    gate.go.set()
    assert first.result(WAIT_S) == "done"
    assert jobs.submit("3", "three", lambda on_progress: "three").result(WAIT_S) == "three"
    assert (job.state, second.runs) == ("cancelled", 0)
    with pytest.raises(Cancelled):
        job.result()


def test_a_cancelled_job_can_be_started_again_even_before_it_has_stopped() -> None:
    jobs, gate = Jobs[str](), Gate()
    first = jobs.submit("k", "a talk", gate)
    assert gate.begun.wait(WAIT_S)
    first.cancel()
    second = jobs.submit("k", "a talk", lambda on_progress: "again")
    assert second is not first
    assert second.result(WAIT_S) == "again"
    assert jobs.get("k") is second
    gate.go.set()


def test_an_input_error_is_shown_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    def work(on_progress: OnProgress) -> str:
        raise InputError("clip.mp4 is empty. Give a file that holds a video.")

    job = Jobs[str]().submit("k", "clip.mp4", work)
    with pytest.raises(InputError):
        job.result(WAIT_S)
    assert job.state == "failed"
    assert job.error == "clip.mp4 is empty. Give a file that holds a video."
    assert caplog.records == []


def test_an_unexpected_error_is_logged_and_told_in_plain_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def work(on_progress: OnProgress) -> str:
        raise ZeroDivisionError("a secret of the inside")

    job = Jobs[str]().submit("k", "clip.mp4", work)
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        job.result(WAIT_S)
    assert job.error is not None
    assert "ZeroDivisionError" in job.error
    assert "a secret of the inside" not in job.error
    assert [record.exc_info is not None for record in caplog.records] == [True]


def test_a_failed_job_can_be_started_again_and_does_not_end_its_thread() -> None:
    jobs = Jobs[str](workers=1)

    def fail(on_progress: OnProgress) -> str:
        raise InputError("no")

    with pytest.raises(InputError):
        jobs.submit("k", "a talk", fail).result(WAIT_S)
    assert jobs.submit("k", "a talk", lambda on_progress: "well").result(WAIT_S) == "well"


def test_only_so_many_finished_jobs_are_remembered() -> None:
    jobs = Jobs[str](workers=1, keep_finished=2)
    for number in range(4):
        jobs.submit(str(number), "a talk", lambda on_progress: "x").result(WAIT_S)
    assert [jobs.get(str(number)) is None for number in range(4)] == [True, False, False, False]


def told(*steps: tuple[float, Progress]) -> Job[None]:
    """A finished job that reported each progress at the given second."""
    now = [0.0]

    def work(on_progress: OnProgress) -> None:
        for now_s, progress in steps:
            now[0] = now_s
            on_progress(progress)

    job = Job("k", "a talk", work, clock=lambda: now[0])
    job.run()
    job.result(0)
    return job


def test_rate_and_time_left_come_from_recent_history() -> None:
    steps = [(0.0, 0.0), (10.0, 100.0), (11.0, 110.0), (15.0, 130.0), (20.0, 155.0), (21.0, 160.0)]
    job = told(*((t, Progress("frames", done, 200, "frames")) for t, done in steps))
    stage = job.progress["frames"]
    assert stage.latest.done == 160
    assert stage.rate == pytest.approx((160 - 110) / (21 - 11))
    assert stage.left_s == pytest.approx(40 / 5)


def test_time_left_is_unknown_while_the_total_is() -> None:
    job = told(
        (0.0, Progress("download", 0, None, "bytes")), (2.0, Progress("download", 8, None, "bytes"))
    )
    assert job.progress["download"].rate == pytest.approx(4.0)
    assert job.progress["download"].left_s is None


def test_rate_is_unknown_at_first() -> None:
    job = told((0.0, Progress("download", 5, 10, "bytes")))
    assert (job.progress["download"].rate, job.progress["download"].left_s) == (None, None)


def test_stages_are_told_in_their_order() -> None:
    job = told((0.0, Progress("faces", 1)), (1.0, Progress("download", 1)))
    assert list(job.progress) == ["download", "faces"]


def test_a_job_has_the_title_that_the_work_has_learned() -> None:
    begun = Progress("download", 0, None, "bytes", title="A talk about talks")
    assert told((0.0, Progress("download", 0))).title == "a talk"
    assert told((0.0, begun), (1.0, Progress("faces", 1))).title == "A talk about talks"


def test_the_last_faces_are_remembered_the_newest_first() -> None:
    faces = [FoundFace(float(i), "sad", np.zeros((2, 2, 3), np.uint8)) for i in range(14)]
    job = told(
        (0.0, Progress("faces", 1, faces=(faces[0],))),
        (1.0, Progress("faces", 2)),
        (2.0, Progress("faces", 3, faces=tuple(faces[1:]))),
    )
    assert [face.time_s for face in job.faces] == [float(i) for i in range(13, 3, -1)]
