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
