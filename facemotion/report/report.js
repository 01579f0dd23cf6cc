(() => {
  "use strict";
  const root = document.documentElement;
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const places = [];
  const config = {
    responsive: true,
    displaylogo: false,
    scrollZoom: false,
    plotlyServerURL: "",
    toImageButtonOptions: { format: "svg", filename: "facemotion" },
  };

  // Plotly writes colours into the drawing, so they are read from the page's style each time.
  function template() {
    const style = getComputedStyle(root);
    const of = (name) => style.getPropertyValue(name).trim();
    const line = of("--line");
    const axis = { automargin: true, gridcolor: line, linecolor: line, zerolinecolor: line };
    const font = { family: of("--sans"), color: of("--ink"), size: 12 };
    return {
      layout: {
        font,
        xaxis: axis,
        yaxis: axis,
        hoverlabel: { bgcolor: of("--card"), bordercolor: line, font },
        modebar: { bgcolor: "rgba(0,0,0,0)", color: of("--dim"), activecolor: of("--accent") },
      },
    };
  }

  function buttons(figure) {
    return figure.layout.xaxis ? [["toImage", "resetScale2d"]] : [["toImage"]];
  }

  // A legend is made of shapes, which no keyboard reaches by itself.
  function reach(place) {
    place.querySelectorAll(".legendtoggle").forEach((shape, number) => {
      const name = shape.parentNode.querySelector(".legendtext");
      shape.setAttribute("tabindex", "0");
      shape.setAttribute("role", "button");
      shape.setAttribute("aria-label", `Show or hide ${name ? name.textContent : "this"}`);
      shape.onkeydown = (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        place.dataset.focus = String(number);
        for (const kind of ["mousedown", "mouseup"]) {
          shape.dispatchEvent(new MouseEvent(kind, { bubbles: true, button: 0 }));
        }
      };
    });
    if (place.dataset.focus !== undefined) {
      place.querySelectorAll(".legendtoggle")[Number(place.dataset.focus)]?.focus();
      delete place.dataset.focus;
    }
  }

  function toMoment(event) {
    const number = event.points.map((point) => point.customdata?.[2]).find(Boolean);
    const card = number && document.getElementById(`moment-${number}`);
    if (!card) return;
    card.scrollIntoView({ block: "start" });
    card.focus({ preventScroll: true });
  }

  async function draw() {
    const byTouch = matchMedia("(pointer: coarse)").matches;
    for (const [id, figure] of Object.entries(figures)) {
      const place = document.getElementById(id);
      const layout = { ...figure.layout, template: template() };
      if (byTouch) layout.dragmode = false; // a finger on a chart scrolls the page
      place.textContent = "";
      await Plotly.newPlot(place, figure.data, layout, {
        ...config,
        modeBarButtons: buttons(figure),
        displayModeBar: byTouch ? false : "hover",
      });
      place.on("plotly_afterplot", () => reach(place));
      place.on("plotly_click", toMoment);
      reach(place);
      places.push(place);
      await new Promise((done) => setTimeout(done)); // the page can be scrolled meanwhile
    }
    root.dataset.drawn = "yes";
  }

  function restyle(size) {
    for (const place of places) {
      const width = size ? place.clientWidth : undefined;
      Plotly.relayout(place, { template: template(), width, autosize: !size });
    }
  }

  let closed = [];
  addEventListener("beforeprint", () => {
    root.classList.add("paper");
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((details) => (details.open = true));
    restyle(true);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("paper");
    closed.forEach((details) => (details.open = false));
    restyle(false);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => restyle(false));
  draw();
})();
