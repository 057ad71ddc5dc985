/* Pictures: each is drawn by ECharts from the same rows as the table behind it. */
function ink() {
  const style = getComputedStyle(document.documentElement);
  return name => style.getPropertyValue("--" + name).trim();
}
function option(picture, width) {
  const colour = ink(), rows = picture.rows, names = rows.map(row => row[0]), heat = picture.kind === "heat";
  const text = { color: colour("ink"), fontFamily: "inherit" }, line_ = { lineStyle: { color: colour("line") } };
  const base = {
    textStyle: text, animation: false, backgroundColor: "transparent", aria: { enabled: true, decal: { show: !heat } },
    grid: { left: 8, right: 24, top: 36, bottom: 8, containLabel: true }, legend: { top: 0, textStyle: text, type: "scroll" },
    tooltip: { confine: true, trigger: heat ? "item" : "axis", axisPointer: { type: "shadow" } },
    color: (picture.colours || ["c1", "c2", "c3", "c4", "c5", "c6"]).map(colour)
  };
  const categories = { type: "category", data: names, axisLabel: { color: colour("ink"), interval: 0, width: width * 0.3, overflow: "truncate" }, axisLine: line_, axisTick: { show: false } };
  const values = { type: "value", axisLabel: { color: colour("quiet") }, splitLine: line_, minInterval: 1 };
  const series = picture.columns.slice(1).map((name, n) => ({ name, type: "bar", stack: "all", barMaxWidth: 26, data: rows.map(row => row[n + 1]) }));
  const draws = { heat: heatMap, columns: upright, lines: upright, pyramid: backToBack };
  (draws[picture.kind] || sideways)(base, picture, { colour, names, categories, values, series, line: line_ });
  return base;
}
function heatMap(base, picture, { colour, names, categories, line: line_ }) {
  const cells = [];
  picture.rows.forEach((row, y) => row.slice(1).forEach((value, x) => cells.push([x, y, value])));
  base.legend = undefined;
  base.tooltip.formatter = p => names[p.data[1]] + " " + picture.columns[p.data[0] + 1] + "：" + p.data[2];
  base.grid.top = 8;
  base.xAxis = { type: "category", data: picture.columns.slice(1), position: "top", axisLine: line_, splitArea: { show: false },
    axisLabel: { color: colour("ink"), interval: 0, rotate: picture.columns.length > 8 ? 40 : 0 } };
  base.yAxis = Object.assign(categories, { inverse: true });
  base.visualMap = { show: false, min: 0, max: picture.percent ? 100 : cells.reduce((most, one) => Math.max(most, one[2]), 1), inRange: { color: [colour("heat0"), colour("heat1")] } };
  base.series = [{ type: "heatmap", data: cells, itemStyle: { borderColor: colour("paper"), borderWidth: 1 },
    label: { show: picture.columns.length < 22, color: colour("ink"), formatter: p => (picture.percent ? p.data[2] : p.data[2] || "") } }];
}
function upright(base, picture, { colour, names, categories, values, series, line: line_ }) {
  categories.axisLabel = { color: colour("ink"), rotate: picture.rows.length > 8 ? 40 : 0 };
  base.xAxis = categories;
  base.yAxis = values;
  if (picture.mark) { marked(base, picture, { colour, categories, series }); }
  if (picture.kind === "lines") { series.forEach(one => asLine(one, (picture.dashed || []).indexOf(one.name) >= 0)); }
  if (picture.time) {
    base.xAxis = { type: "time", axisLabel: { color: colour("ink"), hideOverlap: true, formatter: "{MM}-{dd}" }, axisLine: line_ };
    series.forEach(one => { one.data = one.data.map((value, n) => [names[n], value]); });
  }
  base.series = series;
}
function marked(base, picture, { colour, categories, series }) {  /* the line itself, on an axis of numbers that lies under the bands */
  const label = { formatter: picture.mark.name, color: colour("ink"), position: "end" }, lineStyle = { color: colour("ink"), width: 2, type: "solid" };
  base.xAxis = [categories, { type: "value", min: 0, max: picture.mark.top, show: false }];
  base.legend.data = picture.columns.slice(1);
  series.push({ name: picture.mark.name, type: "line", xAxisIndex: 1, data: [], markLine: { silent: true, symbol: "none", data: [{ xAxis: picture.mark.at }], lineStyle, label } });
}
function asLine(one, dashed) {
  Object.assign(one, { type: "line", stack: undefined, connectNulls: true, symbol: dashed ? "none" : "circle", lineStyle: { type: dashed ? "dashed" : "solid" } });
}
function sideways(base, picture, { categories, values, series }) {
  base.yAxis = Object.assign(categories, { inverse: true });
  base.xAxis = values;
  base.series = series;
}
function backToBack(base, picture, parts) {
  sideways(base, picture, parts);
  const { series, values } = parts;
  series[0].data = series[0].data.map(n => -n);
  values.max = Math.max(1, ...picture.rows.map(row => Math.max(row[1], row[2])));
  values.min = -values.max;
  values.axisLabel.formatter = n => Math.abs(n);
  base.tooltip.valueFormatter = n => Math.abs(n);
}
function draw(place, width) {
  const picture = place.picture || data.pictures.find(one => one.id === place.dataset.chart);
  if (!picture) { return; }
  if (typeof echarts === "undefined") { place.hidden = true; return; }   /* a light page: its numbers stand beside it */
  const tall = picture.kind === "columns" || picture.kind === "lines" ? 320 : Math.min(1400, 90 + picture.rows.length * (picture.kind === "heat" ? 26 : 30));
  place.style.height = (picture.height || tall) + "px";
  const before = echarts.getInstanceByDom(place);
  if (before) { before.dispose(); }
  echarts.init(place, null, { renderer: "svg", width }).setOption(option(picture, width || place.clientWidth));
}
function drawAll(section, width) { section.querySelectorAll(".chart").forEach(place => draw(place, width)); }
