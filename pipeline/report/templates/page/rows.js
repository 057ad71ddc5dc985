/* Tables the page draws itself. The roles are written out because a narrow window shows rows as cards, and browsers then forget that they are rows. */
function headRow(titles) {
  return el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, titles.map(title => el("th", { scope: "col", role: "columnheader", text: title }))));
}
function cell(label, value, cls) {
  const number = typeof value === "number";
  return el("td", { role: "cell", "data-label": label, "class": [number ? "n" : "", cls || ""].join(" ").trim() || null }, number ? count(value) : value);
}
function plainTable(titles, rows, cls) {
  return el("div", { "class": "wide" }, el("table", { role: "table", "class": "text " + (cls || "cards") }, headRow(titles),
    el("tbody", { role: "rowgroup" }, rows.map(cells => el("tr", { role: "row" }, cells.map((value, n) => cell(titles[n], value)))))));
}
function facts(parts) {
  const told = parts.filter(part => filled(part[1]));
  return el("dl", { "class": "facts" }, told.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", {}, typeof value === "number" ? count(value) : value))));
}

/* A table of any number of rows, a page of them at a time: it stays quick, and can be read aloud, printed and walked by keyboard.
   columns: title, cell(row); by(row) when it can be sorted, desc when the largest come first; width in per cent; opens(row) when its cell opens more. */
const PAGE = 50, PRINTED = 2000;
function pagedTable({ label, columns, rows, sort }) {
  const body = el("tbody", { role: "rowgroup" }), pager = el("nav", { "class": "pager", "aria-label": words.turn }), cut = el("p", { "class": "printed" });
  let sorted = rows, found = rows, at = 0, order = sort || null;

  const heads = columns.map((column, n) => {
    const head = el("th", { scope: "col", role: "columnheader", style: column.width ? "width:" + column.width + "%" : null });
    if (!column.by) { head.textContent = column.title; return head; }
    head.appendChild(button(column.title, () => {
      const again = order && order.n === n;
      order = { n, down: again ? !order.down : Boolean(column.desc) };
      resort();
      draw(0);
    }, { "class": "sort" }));
    return head;
  });
  const node = el("div", { "class": "paged" }, el("div", { "class": "wide" }, el("table", { role: "table", "class": "text cards fixed", "aria-label": label },
    el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), body)), cut, pager);

  function resort() {
    heads.forEach((head, n) => {
      const state = order && order.n === n ? (order.down ? "descending" : "ascending") : null;
      if (state) { head.setAttribute("aria-sort", state); } else { head.removeAttribute("aria-sort"); }
    });
    if (order) {
      const by = columns[order.n].by, sign = order.down ? -1 : 1, keys = new Map(rows.map(row => [row, by(row)]));
      sorted = rows.slice().sort((a, b) => compared(keys.get(a), keys.get(b), sign) || a.n - b.n);
      const kept = new Set(found);
      found = found.length === rows.length ? sorted : sorted.filter(row => kept.has(row));
    }
  }
  function drawRow(row) {
    const line_ = el("tr", { role: "row" });
    columns.forEach(column => {
      const value = column.cell(row);
      if (!column.opens) { line_.appendChild(cell(column.title, value, column.cls)); return; }
      const opener = button(value, () => {
        const open = opener.getAttribute("aria-expanded") !== "true";
        opener.setAttribute("aria-expanded", String(open));
        if (open) { line_.after(el("tr", { role: "row", "class": "opened" }, el("td", { role: "cell", colspan: columns.length }, column.opens(row)))); } else { line_.nextSibling.remove(); }
      }, { "class": "open", "aria-expanded": "false" });
      line_.appendChild(cell(column.title, opener, column.cls));
    });
    return line_;
  }
  function fill(shown) {
    const all = document.createDocumentFragment();
    shown.forEach(row => all.appendChild(drawRow(row)));
    if (!shown.length) { all.appendChild(el("tr", { role: "row" }, el("td", { role: "cell", colspan: columns.length, "class": "quiet", text: words.nothing }))); }
    body.textContent = "";
    body.appendChild(all);
  }
  function draw(page) {
    at = Math.max(0, Math.min(page, Math.ceil(found.length / PAGE) - 1));
    fill(found.slice(at * PAGE, (at + 1) * PAGE));
    turner();
  }
  function turn(page) {
    draw(page);
    if (node.getBoundingClientRect().top < 0) { node.scrollIntoView(); }
  }
  const back = button(words.page_back, () => turn(at - 1)), on = button(words.page_on, () => turn(at + 1));
  const number = el("input", { type: "number", min: 1, "aria-label": words.page_number }), last = el("span", {});
  number.addEventListener("change", () => turn(Number(number.value) - 1 || 0));
  [back, " ", on, " ", number, " ", last].forEach(part => pager.appendChild(typeof part === "string" ? document.createTextNode(part) : part));
  function turner() {
    const most = Math.ceil(found.length / PAGE);
    pager.hidden = most < 2;
    back.disabled = at === 0;
    on.disabled = at >= most - 1;
    number.value = at + 1;
    number.max = most;
    last.textContent = say(words.page_of, { pages: count(most), from: count(at * PAGE + 1), to: count(Math.min(found.length, (at + 1) * PAGE)), count: count(found.length) });
  }
  resort();
  return {
    node,
    rows: () => found,
    page: () => found.slice(at * PAGE, (at + 1) * PAGE),
    keep(fits) { found = fits ? sorted.filter(fits) : sorted; draw(0); return found.length; },
    print(on_) {
      if (!on_) { draw(at); return; }
      fill(found.slice(0, PRINTED));
      cut.textContent = found.length > PRINTED ? say(words.not_printed, { count: count(found.length), most: count(PRINTED) }) : "";
    }
  };
}
/* Blanks last, whichever way round. */
function compared(a, b, sign) {
  if (!filled(a) || !filled(b)) { return filled(b) - filled(a); }
  return a === b ? 0 : sign * (a < b ? -1 : 1);
}

/* Search box and choices above a paged table. What is chosen stands in the address: back and forth keep it.
   controls: name, label; choices of a list, or a text box over text(row); fits(row, value) when it is not simply row[name]. */
function filterBar({ page, paged, rows, controls, text }) {
  const out = el("output", { "class": "found", "aria-live": "polite" }), bar = el("form", { "class": "filters", role: "search", "aria-label": words.filters });
  let state = {}, timer = null;
  const hays = new Map();
  function hay(row) {
    let found = hays.get(row);
    if (found === undefined) { found = text(row).filter(filled).join(" ").toLowerCase(); hays.set(row, found); }
    return found;
  }
  function apply() {
    const tests = controls.filter(control => control.choices && filled(state[control.name])).map(control => {
      const value = state[control.name];
      return control.fits ? row => control.fits(row, value) : row => String(row[control.name]) === value;
    });
    wordsOf(state.text).forEach(spellings => tests.push(row => spellings.some(one => hay(row).indexOf(one) >= 0)));
    const kept = paged.keep(tests.length ? row => tests.every(test => test(row)) : null);
    out.textContent = say(tests.length ? words.found_of : words.found, { count: count(kept), total: count(rows.length) });
    bar.dataset.filtered = String(Number(bar.dataset.filtered || 0) + 1);
  }
  function asked() {
    const parts = Object.keys(state).filter(name => filled(state[name])).map(name => name + "=" + encodeURIComponent(state[name]));
    try { history.replaceState(null, "", "#" + page + (parts.length ? "?" + parts.join("&") : "")); } catch (_) { /* a browser that forbids it on files loses only the way back */ }
  }
  function set(wanted) {
    state = Object.assign({}, wanted);
    fields.forEach(([name, field]) => { field.value = state[name] || ""; });
    apply();
  }
  bar.addEventListener("submit", event => event.preventDefault());
  const fields = controls.map(control => {
    const field = control.choices
      ? el("select", { "data-field": control.name }, el("option", { value: "", text: words.all }), control.choices.map(([value, shown]) => el("option", { value, text: shown })))
      : el("input", { type: "search", autocomplete: "off", spellcheck: "false", "data-field": control.name });
    field.addEventListener(control.choices ? "change" : "input", () => {
      state[control.name] = field.value;
      clearTimeout(timer);
      timer = setTimeout(() => { apply(); asked(); }, control.choices ? 0 : 60);
    });
    bar.appendChild(el("label", {}, el("span", { text: control.label }), field));
    return [control.name, field];
  });
  bar.appendChild(button(words.clear, () => { set({}); asked(); }));
  bar.appendChild(out);
  whenIdle(rows, hay);
  return { node: bar, set };
}
/* What was typed, word by word; a name typed in full also as it is masked here. */
function wordsOf(typed) {
  return (typed || "").toLowerCase().split(/\s+/).filter(Boolean).map(word => (/^[\u3400-\u9fff]{2,4}$/.test(word) ? [word, word[0] + "*"] : [word]));
}
/* The first search need not wait for what can be made ready before. */
function whenIdle(rows, act) {
  const idle = window.requestIdleCallback || (go => setTimeout(() => go({ timeRemaining: () => 8 }), 50));
  let n = 0;
  function go(deadline) {
    while (n < rows.length && deadline.timeRemaining() > 2) { for (const end = Math.min(n + 200, rows.length); n < end; n += 1) { act(rows[n]); } }
    if (n < rows.length) { idle(go); }
  }
  idle(go);
}
function chosen(query) {
  const wanted = {};
  (query || "").split("&").filter(Boolean).forEach(part => { const [name, value] = part.split("="); wanted[name] = decodeURIComponent(value || ""); });
  return wanted;
}
