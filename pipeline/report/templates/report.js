"use strict";
(function () {
  var pages = Array.prototype.slice.call(document.querySelectorAll("section.page"));
  var data = null, words = null, drawn = {}, grids = {}, ready = {};

  /* small helpers */
  function el(tag, attrs) {
    var node = document.createElement(tag), i;
    Object.keys(attrs || {}).forEach(function (key) {
      if (attrs[key] === null || attrs[key] === undefined || attrs[key] === false) { return; }
      if (key === "text") { node.textContent = attrs[key]; } else { node.setAttribute(key, attrs[key] === true ? "" : attrs[key]); }
    });
    for (i = 2; i < arguments.length; i += 1) {
      [].concat(arguments[i]).forEach(function (child) {
        if (child !== null && child !== undefined) { node.appendChild(typeof child === "string" ? document.createTextNode(child) : child); }
      });
    }
    return node;
  }
  function say(template, values) {
    return template.replace(/\{(\w+)\}/g, function (_, key) { return values[key] === undefined ? "" : values[key]; });
  }
  function rowsOf(packed) {
    var names = Object.keys(packed.columns), rows = new Array(packed.n), i;
    for (i = 0; i < packed.n; i += 1) { rows[i] = { n: i }; }
    names.forEach(function (name) {
      var column = packed.columns[name], k;
      if (column.i) { for (k = 0; k < packed.n; k += 1) { rows[k][name] = column.d[column.i[k]]; } }
      else { for (k = 0; k < packed.n; k += 1) { rows[k][name] = column.v[k]; } }
    });
    return rows;
  }
  var tables = {};
  function table(name) { return tables[name] || (tables[name] = rowsOf(data[name])); }
  var indexes = {};
  function of(name, key) {
    if (!indexes[name]) {
      indexes[name] = new Map();
      table(name).forEach(function (row) {
        var found = indexes[name].get(row.household);
        if (found) { found.push(row); } else { indexes[name].set(row.household, [row]); }
      });
    }
    return indexes[name].get(key) || [];
  }
  function ruleOf(id) {
    if (!ruleOf.by) { ruleOf.by = new Map(data.rules.map(function (rule) { return [rule.rule, rule]; })); }
    return ruleOf.by.get(id) || { rule: id, title: id, villages: [] };
  }
  function where(row) {
    return [row.file, row.tab, row.row === null || row.row === undefined ? null : say(words.row, { row: row.row }), row.header]
      .filter(Boolean).join(" · ");
  }
  function chip(level) {
    return el("span", { "class": "sev " + ["critical", "warning", "info", "other"][level], text: words.severity[level], title: words.severity_long[level] });
  }
  function has(page) { return document.getElementById("page-" + page) !== null; }
  function link(page, key, text) {
    if (!has(page)) { return el("span", { text: text === undefined ? key : text }); } return el("a", { href: "#" + page + "/" + encodeURIComponent(key), text: text === undefined ? key : text }); }
  function count(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }
  function line(row) {
    return [words.severity[row.severity], row.place, row.group, row.household, row.who, row.message, row.value, row.fix, where(row), row.rule, row.id]
      .map(function (part) { return part === null || part === undefined ? "" : part; }).join("\t");
  }
  function copyButton(row) {
    var button = el("button", { type: "button", "class": "copy", text: words.copy });
    button.addEventListener("click", function () {
      function done() { button.textContent = words.copied; setTimeout(function () { button.textContent = words.copy; }, 1500); }
      function byHand() {
        var box = el("textarea", { "class": "offstage", "aria-hidden": "true" });
        box.value = line(row);
        document.body.appendChild(box);
        box.select();
        if (document.execCommand("copy")) { done(); }
        box.remove();
        button.focus();
      }
      if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(line(row)).then(done, byHand); } else { byHand(); }
    });
    return button;
  }
  function plainTable(titles, rows, cls) {
    return el("div", { "class": "wide" }, el("table", { "class": cls || "text" },
      el("thead", {}, el("tr", {}, titles.map(function (title) { return el("th", { scope: "col", text: title }); }))),
      el("tbody", {}, rows.map(function (cells) {
        return el("tr", {}, cells.map(function (cell) {
          var number = typeof cell === "number";
          return el("td", { "class": number ? "n" : null }, cell === null || cell === undefined ? "" : number ? count(cell) : cell);
        }));
      }))));
  }

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
      if (picture.kind === "lines") { series.forEach(function (one) { one.type = "line"; one.stack = undefined; one.connectNulls = true; var dashed = picture.dashed.indexOf(one.name) >= 0; one.symbol = dashed ? "none" : "circle"; one.lineStyle = { type: dashed ? "dashed" : "solid" }; }); }
      if (picture.time) {
        base.xAxis = { type: "time", axisLabel: { color: colour("ink"), hideOverlap: true, formatter: "{MM}-{dd}" }, axisLine: line };
        series.forEach(function (one) { one.data = one.data.map(function (value, n) { return [names[n], value]; }); });
      }
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

  /* tables that stay quick with tens of thousands of rows */
  function grid(place, key, rows, columns, sort) {
    grids[key] = new Tabulator(place, {
      data: rows, columns: columns, height: "70vh", layout: "fitColumns", placeholder: words.nothing, movableColumns: false, index: "n",
      initialSort: sort || [], headerSortElement: "<span aria-hidden='true'>↕</span>", columnDefaults: { vertAlign: "top", headerWordWrap: true, minWidth: 60 }
    });
    return grids[key];
  }
  function node(make) { return function (cell) { var made = make(cell.getData()); return made === null || made === undefined ? "" : made; }; }
  function wrapped(cell) { cell.getElement().classList.add("wrap"); var v = cell.getValue(); return el("span", { text: v === null || v === undefined ? "" : String(v) }); }
  function hay(rows, parts) {
    rows.forEach(function (row) { row.hay = parts(row).filter(Boolean).join(" ").toLowerCase(); });
  }
  function filterBar(place, key, rows, controls, fits) {
    var out = el("output", { "class": "found", "aria-live": "polite" }), state = {}, bar = el("form", { "class": "filters", role: "search" }), timer = null;
    function apply() {
      var grid_ = grids[key], words_ = (state.text || "").toLowerCase().split(/\s+/).filter(Boolean), found = 0;
      function keep(row) {
        var ok = words_.every(function (word) { return row.hay.indexOf(word) >= 0; }) && fits(row, state);
        if (ok) { found += 1; }
        return ok;
      }
      var any = words_.length || Object.keys(state).some(function (name) { return name !== "text" && state[name]; });
      if (any) { grid_.setFilter(keep); } else { grid_.clearFilter(); found = rows.length; }
      out.textContent = say(any ? words.found_of : words.found, { count: count(found), total: count(rows.length) });
      place.dataset.filtered = String(Number(place.dataset.filtered || 0) + 1);
    }
    bar.addEventListener("submit", function (event) { event.preventDefault(); });
    var fields = controls.map(function (control) {
      var field = control.choices
        ? el("select", { "data-field": control.name }, el("option", { value: "", text: words.all }), control.choices.map(function (choice) { return el("option", { value: choice[0], text: choice[1] }); }))
        : el("input", { type: "search", autocomplete: "off", "data-field": control.name });
      field.addEventListener(control.choices ? "change" : "input", function () {
        state[control.name] = field.value;
        clearTimeout(timer);
        timer = setTimeout(apply, control.choices ? 0 : 60);
      });
      bar.appendChild(el("label", {}, el("span", { text: control.label }), field));
      return [control.name, field];
    });
    var clear = el("button", { type: "button", text: words.clear });
    clear.addEventListener("click", function () { set({}); });
    bar.appendChild(clear);
    bar.appendChild(out);
    place.insertBefore(bar, place.firstChild);
    function set(wanted) {
      state = wanted;
      fields.forEach(function (field) { field[1].value = wanted[field[0]] || ""; });
      apply();
    }
    return { set: set, apply: apply };
  }
  function pairs(values) { return values.map(function (value) { return [value, value]; }); }
  function distinct(rows, name) {
    return Array.from(new Set(rows.map(function (row) { return row[name]; }))).filter(function (v) { return v !== null && v !== undefined && v !== ""; });
  }

  /* pages */
  function villagePage(section, name) {
    var village = data.villages.filter(function (v) { return v.village === name; })[0] || data.villages[0];
    section.textContent = "";
    if (!village) { section.appendChild(el("p", { text: words.none })); return; }
    var choose = el("select", { id: "choose-village" }, data.villages.map(function (v) { return el("option", { value: v.village, text: v.village, selected: v === village }); }));
    choose.addEventListener("change", function () { location.hash = "#village/" + encodeURIComponent(choose.value); });
    var print = el("button", { type: "button", text: words.print });
    print.addEventListener("click", function () { window.print(); });
    section.appendChild(el("p", { "class": "tools" }, el("label", { "for": "choose-village", text: words.choose_village + " " }), choose, " ", print));
    var lead = village.settle ? (data.due ? words.village_lead : words.village_lead_open) : words.village_none;
    section.appendChild(el("h2", { "class": "lead", text: say(lead, Object.assign({ due: data.due }, village)) }));
    if (village.kinds.length) {
      section.appendChild(el("p", { "class": "kinds" }, words.village_kinds, el("ol", {}, village.kinds.map(function (kind) { return el("li", {}, kind[0] + " ", el("b", { text: kind[1] })); }))));
    }
    var rows = folded(table("problems").filter(function (row) { return row.place === village.village; }));
    var rest = rows.filter(function (row) { return row.owner !== "village"; }).length;
    if (rest) { section.appendChild(el("p", { "class": "quiet", text: say(words.village_rest, { rest: rest }) })); }
    if (!rows.length) { return; }
    var lists = new Map();
    table("rosters").forEach(function (row) { if (row.place === village.village) { lists.set(row.annex, (lists.get(row.annex) || 0) + 1); } });
    if (lists.size) {
      section.appendChild(el("h3", { text: words.rosters }));
      section.appendChild(el("p", { text: Array.from(lists).map(function (pair) { return say(words.in_list, { list: pair[0], count: pair[1] }); }).join("；") }));
    }
    section.appendChild(el("h3", { text: words.by_kind }));
    section.appendChild(plainTable([words.kind, words.level, words.count, words.fix], byKind(rows)));
    section.appendChild(el("h3", { text: words.village_list }));
    section.appendChild(householdBlocks(rows));
  }
  function folded(rows) {
    var seen = new Map(), here = new Map();
    return rows.filter(function (row) {
      if (!row.household && !row.person) { return true; }
      var key = [row.rule, row.household, row.person, row.cell].join("|"), nth = here.get(key + "|" + row.file) || 0;
      here.set(key + "|" + row.file, nth + 1);
      if (seen.has(key + "|" + nth)) { return false; }
      seen.set(key + "|" + nth, true);
      return true;
    });
  }
  function byKind(rows) {
    var counts = new Map();
    rows.forEach(function (row) { counts.set(row.rule, (counts.get(row.rule) || 0) + 1); });
    return Array.from(counts).sort(function (a, b) { return b[1] - a[1] || ruleOf(a[0]).severity - ruleOf(b[0]).severity || (a[0] < b[0] ? -1 : 1); }).map(function (pair) {
      var rule = ruleOf(pair[0]);
      return [link("rules", rule.rule, rule.title), chip(rule.severity), pair[1], rule.fix || ""];
    });
  }
  function householdBlocks(rows) {
    var homes = new Map(), body = el("tbody", {});
    rows.forEach(function (row) { var key = row.household || ""; if (homes.has(key)) { homes.get(key).push(row); } else { homes.set(key, [row]); } });
    Array.from(homes.keys()).sort(function (a, b) { return (a === "") - (b === ""); }).forEach(function (key) {
      homes.get(key).forEach(function (row, n) {
        body.appendChild(el("tr", { "class": n ? "more" : "first" },
          n ? null : el("th", { scope: "rowgroup", rowspan: homes.get(key).length }, key ? [link("household", key), el("br"), (homeOf(key) || {}).head || "", " ", row.group ? say(words.in_group, row) : ""] : words.no_household),
          el("td", {}, chip(row.severity)), el("td", { text: row.message }), el("td", { text: row.value || "" }), el("td", { text: row.fix || "" }),
          el("td", { "class": "quiet", text: where(row) }), el("td", { text: words.owners[row.owner] || row.owner })));
      });
    });
    return el("div", { "class": "wide" }, el("table", { "class": "text homes" }, el("thead", {}, el("tr", {},
      [words.household, words.level, words.message, words.value, words.fix, words.where, words.owner].map(function (title) { return el("th", { scope: "col", text: title }); }))), body));
  }
  function homeOf(number) {
    if (!homeOf.by) { homeOf.by = new Map(table("households").map(function (home) { return [home.no, home]; })); }
    return homeOf.by.get(number);
  }

  function rulesPage(section, id) {
    if (!ready.rules) {
      ready.rules = true;
      var detail = el("div", { "class": "detail" }), place = el("div", {}), rows = data.rules.map(function (rule, n) { return Object.assign({ n: n }, rule); });
      section.appendChild(el("h2", { text: document.querySelector("[data-page=rules]").textContent }));
      section.appendChild(detail);
      section.appendChild(el("div", {}, place));
      hay(rows, function (row) { return [row.rule, row.title, row.basis, row.fix, row.dimension]; });
      grid(place, "rules", rows, [
        { title: words.title, field: "title", widthGrow: 4, formatter: node(function (row) { return link("rules", row.rule, row.title); }), cssClass: "wrap" },
        { title: words.level, field: "severity", width: 84, formatter: node(function (row) { return chip(row.severity); }) },
        { title: words.dimension, field: "dimension", width: 90 },
        { title: words.count, field: "count", width: 80, hozAlign: "right", headerSortStartingDir: "desc" },
        { title: words.households_col, field: "households", width: 80, hozAlign: "right", headerSortStartingDir: "desc" },
        { title: words.where_most, field: "most", widthGrow: 3, formatter: node(function (row) { return row.villages.slice(0, 3).map(function (v) { return v[0] + " " + v[1]; }).join("、"); }), headerSort: false, cssClass: "wrap" },
        { title: words.rule, field: "rule", width: 110 },
        { title: words.not_run, field: "why_not", widthGrow: 2, formatter: wrapped }
      ]).on("tableBuilt", function () {
        filterBar(place.parentNode, "rules", rows, [{ name: "text", label: words.search_rules },
          { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map(function (name, n) { return [String(n), name]; }) },
          { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) }],
          function (row, state) { return (!state.severity || row.severity === Number(state.severity)) && (!state.dimension || row.dimension === state.dimension); }).apply();
      });
      ready.ruleDetail = detail;
    }
    ready.ruleDetail.textContent = "";
    if (!id) { return; }
    var rule = ruleOf(id);
    ready.ruleDetail.appendChild(el("article", {},
      el("h3", {}, chip(rule.severity), " ", rule.title, " ", el("span", { "class": "quiet", text: rule.rule })),
      el("dl", { "class": "facts" }, [[words.count, count(rule.count || 0)], [words.households_col, count(rule.households || 0)], [words.basis, rule.basis], [words.fix, rule.fix], [words.not_run, rule.why_not]]
        .filter(function (pair) { return pair[1]; }).map(function (pair) { return el("div", {}, el("dt", { text: pair[0] }), el("dd", { text: pair[1] })); })),
      rule.count ? el("p", {}, el("a", { href: "#problems?rule=" + encodeURIComponent(id), text: words.show_problems })) : null,
      rule.villages.length ? plainTable([words.place, words.count], rule.villages, "narrow") : null));
  }

  var problemBar = null;
  function problemsPage(section, query) {
    if (!ready.problems) {
      ready.problems = true;
      var place = el("div", {}), rows = table("problems");
      section.appendChild(el("h2", { text: document.querySelector("[data-page=problems]").textContent }));
      section.appendChild(el("div", {}, place));
      hay(rows, function (row) { return [row.message, row.household, row.who, row.place, row.file, row.header, row.value, row.rule, row.id]; });
      grid(place, "problems", rows, [
        { title: words.level, field: "severity", width: 76, formatter: node(function (row) { return chip(row.severity); }) },
        { title: words.place, field: "place", width: 96 },
        { title: words.group, field: "group", width: 60, sorter: "number" },
        { title: words.household, field: "household", width: 146, formatter: node(function (row) { return row.household ? link("household", row.household) : null; }) },
        { title: words.message, field: "message", widthGrow: 4, minWidth: 200, formatter: wrapped },
        { title: words.value, field: "value", widthGrow: 1, minWidth: 90, formatter: wrapped },
        { title: words.fix, field: "fix", widthGrow: 3, minWidth: 160, formatter: wrapped },
        { title: words.where, field: "file", widthGrow: 3, minWidth: 170, formatter: node(function (row) { return el("span", { text: where(row) }); }), cssClass: "wrap quiet" },
        { title: words.rule, field: "rule", width: 104, formatter: node(function (row) { return link("rules", row.rule); }) },
        { title: words.copy, field: "n", width: 84, headerSort: false, formatter: node(copyButton) }
      ]).on("tableBuilt", function () {
        problemBar = filterBar(place.parentNode, "problems", rows, [{ name: "text", label: words.search_problems },
          { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) },
          { name: "severity", label: words.level, choices: words.severity.slice(0, 3).map(function (name, n) { return [String(n), name]; }) },
          { name: "dimension", label: words.dimension, choices: pairs(distinct(rows, "dimension")) },
          { name: "rule", label: words.kind, choices: data.rules.filter(function (rule) { return rule.count; }).map(function (rule) { return [rule.rule, rule.title + " " + rule.rule]; }) },
          { name: "owner", label: words.owner, choices: Object.keys(words.owners).map(function (key) { return [key, words.owners[key]]; }) },
          { name: "status", label: words.status, choices: pairs(distinct(rows, "status")) }],
          function (row, state) {
            return (!state.place || row.place === state.place) && (!state.severity || row.severity === Number(state.severity)) && (!state.dimension || row.dimension === state.dimension) &&
              (!state.rule || row.rule === state.rule) && (!state.owner || row.owner === state.owner) && (!state.status || row.status === state.status);
          });
        problemBar.set(asked(query));
      });
    } else if (problemBar && query) { problemBar.set(asked(query)); }
  }
  function asked(query) {
    var wanted = {};
    (query || "").split("&").filter(Boolean).forEach(function (part) { var pair = part.split("="); wanted[pair[0]] = decodeURIComponent(pair[1] || ""); });
    return wanted;
  }

  function householdPage(section, number) {
    if (!ready.household) {
      ready.household = { detail: el("div", { "class": "detail" }) };
      var place = el("div", {}), rows = table("households"), counts = new Map();
      table("problems").forEach(function (row) {
        var found = counts.get(row.household) || [0, 0, 0, 0];
        found[row.severity] += 1;
        counts.set(row.household, found);
      });
      rows.forEach(function (row) { var c = counts.get(row.no) || [0, 0, 0, 0]; row.a = c[0]; row.b = c[1]; row.c = c[2]; row.all = c[0] + c[1] + c[2] + c[3]; });
      hay(rows, function (row) { return [row.no, row.place, row.head]; });
      section.appendChild(el("h2", { text: document.querySelector("[data-page=household]").textContent }));
      section.appendChild(ready.household.detail);
      section.appendChild(el("div", {}, place));
      grid(place, "household", rows, [
        { title: words.household, field: "no", width: 160, formatter: node(function (row) { return link("household", row.no); }) },
        { title: words.head, field: "head", minWidth: 80 }, { title: words.place, field: "place", minWidth: 100 }, { title: words.group, field: "group", width: 70, sorter: "number" },
        { title: words.severity[0], field: "a", hozAlign: "right", width: 80, headerSortStartingDir: "desc" }, { title: words.severity[1], field: "b", hozAlign: "right", width: 80, headerSortStartingDir: "desc" },
        { title: words.severity[2], field: "c", hozAlign: "right", width: 80, headerSortStartingDir: "desc" }, { title: words.problems, field: "all", hozAlign: "right", width: 90, headerSortStartingDir: "desc" }
      ], [{ column: "all", dir: "desc" }]).on("tableBuilt", function () {
        filterBar(place.parentNode, "household", rows, [{ name: "text", label: words.search_household }, { name: "place", label: words.place, choices: pairs(distinct(rows, "place")) }],
          function (row, state) { return !state.place || row.place === state.place; }).apply();
      });
    }
    var detail = ready.household.detail;
    detail.textContent = "";
    if (number) { detail.appendChild(householdDetail(number)); }
  }
  function householdDetail(number) {
    var home = homeOf(number), labels = words.labels, article = el("article", {});
    article.appendChild(el("h3", { text: [number, home ? home.head : "", home ? home.place : "", home && home.group ? say(words.in_group, home) : ""].filter(Boolean).join(" ") }));
    function shown(row, kind) { return Object.keys(labels[kind]).filter(function (key) { return row[key] !== undefined && row[key] !== null && row[key] !== ""; }); }
    if (home) {
      article.appendChild(el("dl", { "class": "facts" }, shown(home, "household").map(function (key) { return el("div", {}, el("dt", { text: labels.household[key] }), el("dd", { text: home[key] })); })));
    }
    function part(title, titles, rows) {
      article.appendChild(el("h4", { text: title }));
      article.appendChild(rows.length ? plainTable(titles, rows) : el("p", { "class": "quiet", text: words.none }));
    }
    part(words.problems, [words.level, words.message, words.value, words.fix, words.where, words.status, words.copy],
      of("problems", number).map(function (row) { return [chip(row.severity), row.message, row.value, row.fix, where(row), row.status, copyButton(row)]; }));
    var columns = Object.keys(labels.person);
    part(words.members, columns.map(function (key) { return labels.person[key]; }), of("members", number).map(function (row) { return columns.map(function (key) { return row[key]; }); }));
    part(words.records, [words.list, words.says, words.at], of("records", number).map(function (row) { return [row.title, row.text, row.at]; }));
    part(words.links, [words.list, words.why, words.sure], of("links", number).map(function (row) { return [row.title, row.why, row.sure === null ? "" : (100 * row.sure).toFixed(2) + "%"]; }));
    part(words.rosters, [words.list, words.about, words.why], of("rosters", number).map(function (row) { return [row.annex, row.label, row.reason]; }));
    part(words.changes, [words.field, words.before, words.after, words.reason, words.at], of("changes", number).map(function (row) { return [row.label, row.before, row.after, row.reason, row.at]; }));
    return article;
  }

  function enginePage(section) {
    if (ready.engine) { return; }
    ready.engine = true;
    var place = el("div", {}), rows = table("validation");
    section.querySelector(".grid-place").appendChild(place);
    rows.forEach(function (row) { row.share = row.evaluated ? row.unexpected / row.evaluated : 0; row.state = row.skipped ? words.not_run : row.success ? words.passed : words.failed; });
    hay(rows, function (row) { return [row.rule, row.name, row.arguments, row.expectation, row.suite, row.figures, row.skipped]; });
    grid(place, "engine", rows, [
      { title: words.rule, field: "rule", width: 110 }, { title: words.title, field: "name", widthGrow: 2, formatter: wrapped }, { title: words.status, field: "state", width: 90 },
      { title: words.evaluated, field: "evaluated", width: 84, hozAlign: "right" }, { title: words.unexpected, field: "unexpected", width: 84, hozAlign: "right", headerSortStartingDir: "desc" },
      { title: words.share, field: "share", width: 84, hozAlign: "right", headerSortStartingDir: "desc", formatter: node(function (row) { return (100 * row.share).toFixed(2) + "%"; }) },
      { title: words.reported, field: "reported", width: 84, hozAlign: "right" }, { title: words.expectation, field: "expectation", widthGrow: 2, formatter: wrapped },
      { title: words["arguments"], field: "arguments", widthGrow: 4, formatter: wrapped }, { title: words.figures, field: "figures", widthGrow: 1, formatter: wrapped },
      { title: words.suite, field: "suite", width: 110, formatter: wrapped }, { title: words.source, field: "source", widthGrow: 1, formatter: wrapped }, { title: words.skipped, field: "skipped", widthGrow: 2, formatter: wrapped }
    ]).on("tableBuilt", function () {
      filterBar(place.parentNode, "engine", rows, [{ name: "text", label: words.search_engine }, { name: "state", label: words.status, choices: pairs(distinct(rows, "state")) }],
        function (row, state) { return !state.state || row.state === state.state; }).apply();
    });
  }

  /* which page is shown */
  function show(name) {
    var found = document.getElementById("page-" + name) || pages[0];
    pages.forEach(function (section) { section.hidden = section !== found; });
    Array.prototype.forEach.call(document.querySelectorAll("nav a"), function (a) {
      if ("page-" + a.dataset.page === found.id) { a.setAttribute("aria-current", "page"); } else { a.removeAttribute("aria-current"); }
    });
    return found;
  }
  function route() {
    var hash = location.hash.slice(1), query = hash.split("?")[1], path = hash.split("?")[0].split("/"), name = path[0], key = path.length > 1 ? decodeURIComponent(path.slice(1).join("/")) : "";
    var anchor = name && !document.getElementById("page-" + name) ? document.getElementById(name) : null;
    var section = anchor ? show((anchor.closest("section.page") || pages[0]).id.replace("page-", "")) : show(name || "home");
    if (!data) { return; }
    if (section.id === "page-village") { villagePage(section, key); }
    if (section.id === "page-rules") { rulesPage(section, key); }
    if (section.id === "page-problems") { problemsPage(section, query); }
    if (section.id === "page-household") { householdPage(section, key); }
    if (section.id === "page-engine") { enginePage(section); }
    drawAll(section);
    if (anchor && anchor !== document.getElementById("main")) { anchor.scrollIntoView(); } else if (!anchor) { window.scrollTo(0, 0); }
  }
  function countDown() {
    var today = new Date(), noon = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
    function left(day) { var p = day.split("-").map(Number); return p.length === 3 ? Math.round((Date.UTC(p[0], p[1] - 1, p[2]) - noon) / 86400000) : NaN; }
    var days = left(data.due), place = document.querySelector(".countdown");
    if (place && days >= 0) { place.textContent = say(words.days_left, { due: data.due, days: days }); place.hidden = false; }
    if (place && days < 0 && days > -60) { place.textContent = say(words.days_over, { due: data.due, days: -days }); place.hidden = false; }
    Array.prototype.forEach.call(document.querySelectorAll("tr[data-day]"), function (row) {
      var n = left(row.dataset.day);
      row.querySelector(".left").textContent = n === 0 ? words.today : n > 0 ? say(words.in_days, { days: n }) : words.past;
    });
  }
  function unfold(open) {  /* paper has nothing to click on */
    Array.prototype.forEach.call(current().querySelectorAll("details.fold"), function (fold) {
      if (open) { fold.dataset.was = fold.open ? "open" : ""; fold.open = true; } else { fold.open = fold.dataset.was === "open"; }
    });
  }
  function current() { return pages.filter(function (section) { return !section.hidden; })[0]; }
  function start() {
    data = JSON.parse(document.getElementById("data").textContent);
    words = data.words;
    countDown();
    route();
    document.documentElement.dataset.ready = "yes";
    var timer = null;
    window.addEventListener("resize", function () { clearTimeout(timer); timer = setTimeout(function () { drawAll(current()); }, 150); });
    window.addEventListener("beforeprint", function () { unfold(true); drawAll(current(), 660); });
    window.addEventListener("afterprint", function () { unfold(false); drawAll(current()); });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { drawAll(current()); });
  }
  window.addEventListener("hashchange", route);
  route();
  requestAnimationFrame(function () { setTimeout(start, 0); });
})();
