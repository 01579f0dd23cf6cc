"""About: what is measured and how, with which models, where its limits are, what stays where."""

from __future__ import annotations

import streamlit as st

from facemotion.action_units import TABLE
from facemotion.ui import look

WHAT = """
## What it measures

For every face that it finds in a video, facemotion gives seven numbers: how much the face looks
angry, disgusted, fearful, happy, sad, surprised or neutral, as probabilities that add up to one.
That is an **apparent expression**: what a face shows in one picture. It is not what a person feels.
A smile may be polite, a frown may be thought, and people and cultures differ in what they show.

## How

1. **Get the video.** yt-dlp fetches it, without the sound; a file is read where it is.
2. **Read frames** at the interval that you choose, by the time stamps of the video itself.
3. **Measure faces.** A detector finds them, a mesh of 468 points turns them upright, and a
   classifier gives the seven numbers, averaged over the face and its mirror image. The one that
   comes with facemotion has learned how ten people voted on each of 25,000 pictures, so that a
   face on which people disagree gets divided numbers; contempt, on which they could vote too, is a
   column of its own in the exports. Head pose, gaze and the muscles' evidence are taken from the
   mesh, the outlines of the eyes and the skin itself.
4. **Follow people** by motion, place, size and looks, within one shot; you can merge, name and
   leave out. Action units are counted from each person's own neutral face.
5. **Choose moments.** The strongest detection of each emotion comes first, then the most expressive
   ones; faces called neutral whose muscles are strong come too. Small, blurred and uncertain faces
   are left out. Each says why it was chosen.
6. **Explain them.** The local narrator tells which muscles have moved, how they fit the EMFACS
   pattern of the expression, and how sure one can be. Claude, if you ask for it, gives a second
   opinion without knowing the first; what it cites is checked against the measured muscles.
"""

MODELS = """
Faces are found by MediaPipe's BlazeFace, and judged by facemotion's own network, trained on the
FER+ votes. Others can be chosen, and some downloaded: the page Models tells of each where it comes
from, its licence, and how good it is.
"""

MUSCLES = """
## Action units

Seventeen muscle movements of the Facial Action Coding System, 0 (rest) to 5. A person's neutral
face is the mean of the most usual among their most neutral samples, or the stretch that you choose
under *People*; who is seen in fewer than eight samples or never neutral is counted
from people at large, which is rougher.
Reliability is what can be said at best, on a large face seen from the front: it falls by a word for
a turned head, a small face, a poor fit, and no own neutral face. **No certified coder has checked
these intensities**: they follow a face through time, and are no substitute for a coder's grade.
"""

ANGLES = """
Head and gaze are in degrees as seen in the picture: up, towards the picture's right, and clockwise
are positive. Valence and arousal, -1 to 1, are the published places of the emotion words (Russell
and Mehrabian, 1977), weighted by the probabilities and moved by what the muscles show.
"""

LIMITS = """
## Limits

* The labels are votes of people on the pictures of FER-2013, posed and found on the web; the
  voters often disagreed. Contempt, disgust and fear were rare, and are recognised least well.
  Turned, covered, small, blurred and badly lit faces are measured less well, and so may be faces
  of children, of old people and of people who are rare in the training pictures.
* Speaking moves the mouth, and is easily taken for an expression.
* A face gets a number, never a name. The same person may have several numbers.
* **Not for judging people at work or in education.** In the European Union that use is forbidden
  (AI Act, Regulation (EU) 2024/1689, Article 5(1)(f)). Decide about nobody by these numbers.
"""

DATA = """
## Where the data stays

Everything is computed on the machine that runs this dashboard, and everything is kept there, in its
cache folder: downloads, uploads, frames, measurements. No usage statistics are gathered, and
nothing is sent anywhere, with one exception that you switch on and that tells its price first:
Claude is sent pictures of the moments, title and captions, or your question and the rows that
answer it, or cuttings in which the detector was not sure of a face.
Whoever can open this dashboard can open what was analysed with it. A video
of YouTube that you play here is played by YouTube. The page Library shows what is kept, deletes any
of it, and sets after how many days without use a video goes by itself;
`python -m facemotion cache clear` deletes everything. Reports and annotated videos leave this
machine only with you; both can be made with every face that was found hidden. A live stream is held
in memory, and is gone with its session unless you keep its last minutes.

For whoever runs it: `FACEMOTION_CACHE` names the cache folder, `FACEMOTION_CACHE_GB` its size,
`FACEMOTION_KEEP_DAYS` how long a video stays after it was last used. URLs
that lead to private or local addresses are refused; `FACEMOTION_ALLOW_PRIVATE_URLS=1` allows them.
Set it only where all visitors may reach whatever this machine can reach.
"""


def main() -> None:
    """Frame and draw; there is nothing to pick."""
    look.frame("About")
    look.brand()
    st.title("About", anchor=False)
    st.markdown(WHAT)
    st.subheader("Models", anchor=False)
    st.markdown(MODELS)
    st.page_link("pages/8_Models.py", label="All models", icon=":material/deployed_code:")
    st.markdown(MUSCLES)
    st.table(
        [
            {
                "unit": unit,
                "name": row.name,
                "muscle": row.muscle,
                "measured as": row.formula,
                "reliability": row.reliability,
                "source": row.source,
            }
            for unit, row in TABLE.items()
        ],
        hide_index=True,
        alt="The action units: name, muscle, formula, reliability and source.",
    )
    st.markdown(ANGLES)
    st.markdown(LIMITS)
    st.markdown(DATA)


main()
