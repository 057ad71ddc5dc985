/* charts: each is drawn from the same rows as the table behind it */
function ink() {
  var style = getComputedStyle(document.documentElement);
  return function (name) { return style.getPropertyValue("--" + name).trim(); };
}
function option(picture, width) {
  var colour = ink(), rows = picture.rows, names = rows.map(function (row) { return row[0]; });
  var text = { color: colour("ink"), fontFamily: "inherit" };
  var line = { lineStyle: { color: colour("line") } };
  var base = { textStyle: text, animation: false, backgroundColor: "transparent", aria: { enabled: true, decal: { show: picture.kind !== "heat" } },
    grid: { left: 8, right: 24, top: 36, bottom: 8, containLabel: true }, legend: { top: 0, textStyle: text, type: "scroll" },
    tooltip: { confine: true, trigger: picture.kind === "heat" ? "item" : "axis", axisPointer: { type: "shadow" } },
    color: (picture.colours || ["c1", "c2", "c3", "c4", "c5", "c6"]).map(colour) };
  var categories = { type: "category", data: names, axisLabel: { color: colour("ink"), interval: 0, width: width * 0.3, overflow: "truncate" }, axisLine: line, axisTick: { show: false } };
  var values = { type: "value", axisLabel: { color: colour("quiet") }, splitLine: line, minInterval: 1 };
  var series = picture.columns.slice(1).map(function (name, n) {
    return { name: name, type: "bar", stack: "all", barMaxWidth: 26, data: rows.map(function (row) { return row[n + 1]; }) };
  });
  if (picture.kind === "heat") {
    var cells = [], most = 0;
    rows.forEach(function (row, y) { row.slice(1).forEach(function (value, x) { cells.push([x, y, value]); most = Math.max(most, value); }); });
    base.legend = undefined;
    base.tooltip.formatter = function (p) { return names[p.data[1]] + " " + picture.columns[p.data[0] + 1] + "：" + p.data[2]; };
    base.grid.top = 8;
    base.xAxis = { type: "category", data: picture.columns.slice(1), axisLabel: { color: colour("ink"), interval: 0, rotate: picture.columns.length > 8 ? 40 : 0 }, axisLine: line, position: "top", splitArea: { show: false } };
    base.yAxis = Object.assign(categories, { inverse: true });
    base.visualMap = { show: false, min: 0, max: picture.percent ? 100 : Math.max(most, 1), inRange: { color: [colour("heat0"), colour("heat1")] } };
    base.series = [{ type: "heatmap", data: cells, itemStyle: { borderColor: colour("paper"), borderWidth: 1 },
      label: { show: picture.columns.length < 22, color: colour("ink"), formatter: function (p) { return p.data[2] || ""; } } }];
  } else if (picture.kind === "columns" || picture.kind === "lines") {
    categories.axisLabel = { color: colour("ink"), rotate: rows.length > 8 ? 40 : 0 };
    base.xAxis = categories;
    base.yAxis = values;
    if (picture.kind === "lines") { series.forEach(function (one) { one.type = "line"; one.stack = undefined; one.connectNulls = true; one.symbol = one.name === picture.dashed ? "none" : "circle"; one.lineStyle = { type: one.name === picture.dashed ? "dashed" : "solid" }; }); }
    base.series = series;
  } else {
    base.yAxis = Object.assign(categories, { inverse: true });
    base.xAxis = values;
    if (picture.kind === "pyramid") {
      series[0].data = series[0].data.map(function (n) { return -n; });
      values.max = Math.max.apply(null, rows.map(function (row) { return Math.max(row[1], row[2]); }).concat(1));
      values.min = -values.max;
      values.axisLabel.formatter = function (n) { return Math.abs(n); };
      base.tooltip.valueFormatter = function (n) { return Math.abs(n); };
    }
    base.series = series;
  }
  return base;
}
function draw(place, width) {
  var id = place.dataset.chart, picture = data.pictures.filter(function (p) { return p.id === id; })[0];
  if (!picture) { return; }
  var bars = picture.kind === "columns" || picture.kind === "lines";
  place.style.height = (bars ? 320 : Math.min(1400, 90 + picture.rows.length * (picture.kind === "heat" ? 26 : 30))) + "px";
  if (drawn[id]) { drawn[id].dispose(); }
  drawn[id] = echarts.init(place, null, { renderer: "svg", width: width });
  drawn[id].setOption(option(picture, width || place.clientWidth));
}
function drawAll(section, width) { Array.prototype.forEach.call(section.querySelectorAll(".chart"), function (place) { draw(place, width); }); }
