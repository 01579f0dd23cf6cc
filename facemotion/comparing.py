"""Several classifiers on the same faces: found, fitted and followed once, judged by each.

Like ``pipeline`` this calls on the rooms in order; the command line and the dashboard call it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from facemotion import cache, export, models, pipeline
from facemotion.errors import SettingsError
from facemotion.faces import LANDMARKS, verdicts
from facemotion.models import choosing
from facemotion.moments.disputed import disputed
from facemotion.records import Analysis, Comparison, OnProgress, Settings, ignore_progress
from facemotion.statistics import agreement

__all__ = ["checked", "compare", "is_kept", "reopen", "write_outputs"]


def compare(
    source: str | Path,
    classifiers: Sequence[str],
    settings: Settings | None = None,
    *,
    cache_root: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Comparison:
    """Analyse a URL or a file with the first classifier, and let all of them judge its faces.

    The landmarks are always kept, whatever the settings say: the others need them. Nothing is sent
    to Claude. What is in the cache is not done again. Raises as ``pipeline.run`` and ``checked``
    do, before any work.
    """
    settings = settings or Settings()
    names = checked(classifiers)
    root = cache_root or cache.default_root()
    wanted = _wanted(settings).with_changes(classifier=names[0])
    analysis = pipeline.run(source, wanted, cache_root=root, on_progress=on_progress)
    return _compared(analysis, names, root, on_progress)


def reopen(
    analysis_id: str,
    classifiers: Sequence[str],
    *,
    cache_root: Path | None = None,
    on_progress: OnProgress = ignore_progress,
) -> Comparison:
    """The same for an analysis in the cache, whichever classifier it was measured with.

    One that was kept without landmarks is measured again, which gives another ``analysis_id``.
    Raises ``InputError`` when it is not in the cache any more, and as ``compare`` does.
    """
    root = cache_root or cache.default_root()
    names = checked(classifiers)
    analysis = pipeline.reopen(analysis_id, cache_root=root)
    if not (_faces_folder(analysis) / LANDMARKS).is_file():
        source, wanted = analysis.video.source, _wanted(analysis.settings)
        analysis = pipeline.run(source, wanted, cache_root=root, on_progress=on_progress)
    return _compared(analysis, names, root, on_progress)


def checked(classifiers: Sequence[str]) -> tuple[str, ...]:
    """The different classifiers among some names, all of which can be asked.

    Raises ``SettingsError`` for an unknown name and for fewer than two, ``ModelError`` for weights
    that are not on the disk. Nothing is loaded.
    """
    known = [_meant(name) for name in classifiers]
    for name in known:
        models.backend("classifier", name).weights()
    names = tuple(dict.fromkeys(known))
    if len(names) < 2:
        given = f"only {names[0]}" if names else "no classifier"
        raise SettingsError(
            f"There is {given} to compare. Name two or more different classifiers, such as "
            "ferplus-resnet,mini-xception."
        )
    return names


def is_kept(analysis: Analysis, names: Sequence[str]) -> bool:
    """Whether all of these classifiers have judged the faces already."""
    return not verdicts.missing(_faces_folder(analysis), names)


def write_outputs(comparison: Comparison, out: Path) -> list[Path]:
    """Write table, JSON and contact sheet of a comparison into the folder ``out``."""
    wanted = {dispute.frame_index for dispute in comparison.disputes}
    pixels = pipeline.sampled_frames(comparison.analysis).grab(wanted)
    return export.write_comparison(comparison, out, pixels)


def _compared(
    analysis: Analysis, names: tuple[str, ...], root: Path, on_progress: OnProgress
) -> Comparison:
    frames = pipeline.sampled_frames(analysis)
    folder = _faces_folder(analysis)
    told = verdicts.run(frames.read, names, root / "models", folder, on_progress)
    tables = {name: verdicts.aligned(analysis.faces, told[name].table) for name in names}
    amounts = agreement.disagreement(tables)
    return Comparison(
        analysis=analysis,
        names=names,
        verdicts=tables,
        disagreement=amounts,
        disputes=disputed(analysis.faces, tables, amounts, analysis.settings),
        ms_per_face={name: told[name].ms_per_face for name in names},
        n_judged=sum(told[name].n_judged for name in names),
    )


def _wanted(settings: Settings) -> Settings:
    """With landmarks, and without what would be sent away and paid for."""
    is_paid = settings.explainer == "claude"
    explainer = Settings().explainer if is_paid else settings.explainer
    return settings.with_changes(landmarks=True, explainer=explainer, claude_fallback=False)


def _faces_folder(analysis: Analysis) -> Path:
    faces_key = analysis.analysis_id.rpartition(".")[2]
    return analysis.folder.parent / f"faces-{faces_key}"


def _meant(name: str) -> str:
    """A name without the spaces around it; "auto" is the best that is on the disk."""
    name = name.strip()
    return choosing.best("classifier")[0] if name == choosing.AUTO else name
