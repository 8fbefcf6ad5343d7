/* Charts by ECharts, in the page's colours. Each has a table with the same numbers beside it. */

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/* Names beside bars take at most two fifths of the width; the table says them in full. */
const NAMES_SHARE = 0.4;

function inOurColours(option, width) {
  const text = { color: token("--ink"), fontFamily: getComputedStyle(document.body).fontFamily };
  const axis = { axisLabel: { color: token("--ink-2") }, axisLine: { lineStyle: { color: token("--line-2") } }, splitLine: { lineStyle: { color: token("--line") } } };
  const dressed = (one) => (Array.isArray(one) ? one.map(dressed) : one && { ...axis, ...one, axisLabel: { ...axis.axisLabel, ...one.axisLabel } });
  const named = (one) => one && { ...dressed(one), ...(one.type === "category" && { axisLabel: { ...axis.axisLabel, width: width * NAMES_SHARE, overflow: "truncate", ...one.axisLabel } }) };
  return {
    color: [token("--accent"), token("--waiting"), token("--done"), token("--late"), token("--ink-2")],
    textStyle: text,
    animation: false,
    grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
    ...option,
    legend: option.legend && { textStyle: text, ...option.legend },
    xAxis: dressed(option.xAxis),
    yAxis: Array.isArray(option.yAxis) ? dressed(option.yAxis) : named(option.yAxis),
    /* On the canvas: an HTML tooltip would set styles that the content policy forbids. */
    tooltip: { trigger: "axis", renderMode: "richText", ...option.tooltip },
  };
}

function library(address) {
  return new Promise((resolve, reject) => {
    if (window.echarts) return resolve(window.echarts);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => resolve(window.echarts);
    script.onerror = reject;
    document.head.append(script);
  });
}

async function draw(element) {
  const source = document.getElementById(element.dataset.option);
  const option = source ? JSON.parse(source.textContent) : await (await fetch(element.dataset.source)).json();
  const echarts = await library(element.dataset.library);
  const chart = echarts.init(element, null, { renderer: "canvas" });
  chart.setOption(inOurColours(option, element.clientWidth));
  /* A point with an `address` leads down to its rows. */
  chart.on("click", ({ data }) => data?.address && location.assign(data.address));
  new ResizeObserver(() => chart.resize()).observe(element);
  element.dataset.drawn = "yes";
}

function begin(root) {
  for (const element of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
    element.hidden = false;
    draw(element).catch(() => {
      element.hidden = true;
    });
  }
}

document.addEventListener("htmx:load", (event) => begin(event.target));
begin(document);
