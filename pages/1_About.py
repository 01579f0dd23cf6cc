"""About: what is measured and how, with which models, where its limits are, what stays where."""

from __future__ import annotations

import streamlit as st

from facemotion.models.catalogue import catalogue
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
   classifier trained on the FER-2013 pictures gives the seven numbers, averaged over the face and
   its mirror image. A face keeps its number from one look to the next as long as it stays in place.
4. **Choose moments.** The strongest detection of each emotion comes first, then the most expressive
   ones; small, blurred and uncertain faces are left out. Each says why it was chosen.
"""

LIMITS = """
## Limits

* The labels are those of FER-2013: posed and found pictures, rated by people, who often disagreed.
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
cache folder: downloads, uploads, frames, measurements. No picture is sent anywhere, and no usage
statistics are gathered. Whoever can open this dashboard can open what was analysed with it. A video
of YouTube that you play here is played by YouTube. Each analysis has a button that deletes it and
its video; `python -m facemotion cache clear` deletes everything.

For whoever runs it: `FACEMOTION_CACHE` names the cache folder, `FACEMOTION_CACHE_GB` its size. URLs
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
    st.table(
        [
            {
                "task": entry.kind,
                "model": entry.name,
                "from": entry.origin,
                "licence": entry.licence,
                "accuracy": entry.accuracy,
                "installed": entry.on_disk,
            }
            for entry in catalogue()
        ],
        hide_index=True,
        alt="The models: task, name, origin, licence, accuracy, and whether each is installed.",
    )
    st.markdown(LIMITS)
    st.markdown(DATA)


main()
