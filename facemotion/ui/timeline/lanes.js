// What Streamlit does not tell about a Plotly chart: where it was clicked, and which part of it is
// in sight; and a line at the time that is looked at, which moves without a new chart.
//
// Plotly's own clicks are of points, the samples that happen to be drawn; here any place counts.
// Nothing of the chart is changed. While it has no axes, or is gone, nothing happens.

const CLICK_PX = 5; // a press that moves further is a drag
const CALM_MS = 250; // zooming has ended when nothing came for so long
const LOOK_MS = 120; // how often a new chart is looked for, and the video asked where it is
const TOUCH = { capture: true, passive: true };

export default function ({ data, parentElement, setTriggerValue }) {
  // Streamlit calls this again for every new time: one listener for all of them.
  parentElement.listener ??= listen();
  parentElement.listener.update(data, setTriggerValue);
  return () => {
    parentElement.listener?.stop();
    delete parentElement.listener;
  };
}

function listen() {
  let given, tell, chart, pressed, calm;
  const cursor = document.createElement("div");
  cursor.className = "fm-cursor";
  const timer = setInterval(look, LOOK_MS);

  function update(data, setTriggerValue) {
    [given, tell] = [data, setTriggerValue];
    look();
    point();
  }

  // Streamlit makes a new chart for a new figure, so the one at hand is looked up again and again.
  function look() {
    const found = document.querySelector(`${given.chart} .js-plotly-plot`);
    if (found !== chart) {
      leave();
      chart = found;
      meet();
    }
    if (playing()) point();
  }

  function meet() {
    if (!chart) return;
    chart.addEventListener("pointerdown", press, true);
    chart.addEventListener("touchstart", scroll, TOUCH);
    addEventListener("pointerup", release, true);
    chart.on("plotly_relayout", zoomed);
    chart.on("plotly_afterplot", point);
    point();
  }

  function leave() {
    chart?.removeEventListener("pointerdown", press, true);
    chart?.removeEventListener("touchstart", scroll, TOUCH);
    removeEventListener("pointerup", release, true);
    chart?.removeListener?.("plotly_relayout", zoomed);
    chart?.removeListener?.("plotly_afterplot", point);
    cursor.remove();
  }

  function stop() {
    clearInterval(timer);
    clearTimeout(calm);
    leave();
  }

  // The axis of time, where it begins in the chart, and where the lanes are; all in pixels.
  function area() {
    const layout = chart?._fullLayout;
    const axis = layout?.xaxis;
    if (!axis?._length || !layout._size) return null;
    return { axis, left: axis._offset, top: layout._size.t, height: layout._size.h };
  }

  // A finger scrolls the page, as everywhere else on it: Plotly would take it for zooming, and the
  // lanes fill the screen of a phone. Taps still come, as presses.
  function scroll(event) {
    event.stopPropagation();
  }

  function press(event) {
    const onButton = event.target.closest(".modebar, .legend");
    pressed = event.button === 0 && !onButton ? { x: event.clientX, y: event.clientY } : null;
  }

  function release(event) {
    const from = pressed;
    pressed = null;
    if (calm) settle(); // of two messages at once, Streamlit may lose the first
    if (!from || !given.clicks) return;
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > CLICK_PX) return;
    const where = area();
    if (!where) return;
    const box = chart.getBoundingClientRect();
    const x = from.x - box.x - where.left;
    const y = from.y - box.y - where.top;
    if (x < 0 || x > where.axis._length || y < 0 || y > where.height) return;
    tell("seek", { at_ms: where.axis.p2c(x), height: 1 - y / where.height });
  }

  function zoomed(change) {
    if (given.zooms && Object.keys(change ?? {}).some((name) => name.startsWith("xaxis"))) settle();
  }

  function settle() {
    clearTimeout(calm);
    calm = setTimeout(() => {
      calm = null;
      const where = area();
      if (where) tell("zoom", [where.axis.p2c(0), where.axis.p2c(where.axis._length)]);
    }, CALM_MS);
  }

  function playing() {
    const video = given.video && document.querySelector(given.video);
    return video && !video.paused ? video : null;
  }

  function point() {
    const where = area();
    if (!where || given.at_ms == null) return cursor.remove();
    const video = playing();
    const at_ms = video ? given.video_from_ms + 1000 * video.currentTime : given.at_ms;
    const x = where.axis.c2p(at_ms);
    cursor.hidden = x < 0 || x > where.axis._length;
    Object.assign(cursor.style, {
      left: `${where.left + x}px`,
      top: `${where.top}px`,
      height: `${where.height}px`,
    });
    if (cursor.parentElement !== chart) chart.append(cursor);
  }

  return { update, stop };
}
