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
