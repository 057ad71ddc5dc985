/* What every page uses: nodes, words, the packed tables. Chromium 69 and Firefox 62 must understand all of it: nothing newer than ES2018. */
const pages = Array.from(document.querySelectorAll("section.page"));
const ready = {};                       // what a page keeps from its first drawing
const tables = {}, indexes = {};
let data = null, words = null;

/* Nodes: text is always set as text, never as markup. */
function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  Object.keys(attrs || {}).forEach(key => {
    const value = attrs[key];
    if (value === null || value === undefined || value === false) { return; }
    if (key === "text") { node.textContent = value; } else { node.setAttribute(key, value === true ? "" : value); }
  });
  [].concat(...children).forEach(child => {
    if (child === null || child === undefined || child === "") { return; }
    node.appendChild(typeof child === "object" ? child : document.createTextNode(String(child)));
  });
  return node;
}
function say(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => (values[key] === undefined || values[key] === null ? "" : values[key]));
}
function filled(value) { return value !== null && value !== undefined && value !== ""; }
function count(n) { return String(n).replace(/\B(?=(\d{3})+$)/g, ","); }
function button(text, act, attrs) {
  const made = el("button", Object.assign({ type: "button", text }, attrs));
  made.addEventListener("click", act);
  return made;
}
function has(page) { return document.getElementById("page-" + page) !== null; }
function heading(name) { return el("h2", { text: document.querySelector("nav [data-page=" + name + "]").textContent }); }
function link(page, key, text) {
  const shown = text === undefined ? key : text;
  return has(page) ? el("a", { href: "#" + page + "/" + encodeURIComponent(key), text: shown }) : el("span", { text: shown });
}
function chip(level) {
  return el("span", { "class": "sev " + ["critical", "warning", "info", "other"][level], text: words.severity[level], title: words.severity_long[level] });
}

/* The tables travel packed: each distinct text once. A row is made of them when its table is first asked for. */
function rowsOf(packed) {
  const rows = Array.from({ length: packed.n }, (_, n) => ({ n }));
  Object.keys(packed.columns).forEach(name => {
    const { d, i, v } = packed.columns[name];
    for (let k = 0; k < packed.n; k += 1) { rows[k][name] = i ? d[i[k]] : v[k]; }
  });
  return rows;
}
function table(name) { return tables[name] || (tables[name] = rowsOf(data[name])); }
function grouped(rows, key) {
  const groups = new Map();
  rows.forEach(row => {
    const value = key(row), found = groups.get(value);
    if (found) { found.push(row); } else { groups.set(value, [row]); }
  });
  return groups;
}
function of(name, household) {
  indexes[name] = indexes[name] || grouped(table(name), row => row.household);
  return indexes[name].get(household) || [];
}
function ruleOf(id) {
  indexes.rule = indexes.rule || new Map(data.rules.map(rule => [rule.rule, rule]));
  return indexes.rule.get(id) || { rule: id, title: id, villages: [] };
}
function homeOf(number) {
  indexes.home = indexes.home || new Map(table("households").map(home => [home.no, home]));
  return indexes.home.get(number);
}
function distinct(rows, name) { return Array.from(new Set(rows.map(row => row[name]))).filter(filled); }
function pairs(values) { return values.map(value => [value, value]); }

/* Where a cell stands, as people say it: file · tab · row · column. */
function where(row) {
  return [row.file, row.tab, filled(row.row) ? say(words.row, row) : null, row.header].filter(filled).join(" · ");
}
function spelled(address) {
  const found = /^(.*)#(.*)!(\d+)$/.exec(address || "");
  return found ? where({ file: found[1], tab: found[2], row: found[3] }) : address;
}

/* A problem as one line, to be pasted into a workbook or a message. */
function line(row) {
  return [words.severity[row.severity], row.place, row.group, row.household, row.who, row.message, row.value, row.fix, where(row), row.rule, row.id]
    .map(part => (filled(part) ? part : "")).join("\t");
}
function copyText(text, button_) {
  const before = button_.textContent;
  function done() { button_.textContent = words.copied; setTimeout(() => { button_.textContent = before; }, 1500); }
  function byHand() {
    const box = el("textarea", { "class": "offstage", "aria-hidden": "true", tabindex: "-1" });
    box.value = text;
    document.body.appendChild(box);
    box.select();
    if (document.execCommand("copy")) { done(); }
    box.remove();
    button_.focus();
  }
  if (navigator.clipboard && window.isSecureContext) { navigator.clipboard.writeText(text).then(done, byHand); } else { byHand(); }
}
function copyButton(row) {
  return button(words.copy, event => copyText(line(row), event.currentTarget), { "class": "copy", "aria-label": words.copy + "：" + row.message });
}
