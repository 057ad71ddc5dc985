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
function current() { return pages.filter(function (section) { return !section.hidden; })[0]; }
function start() {
  data = JSON.parse(document.getElementById("data").textContent);
  words = data.words;
  countDown();
  route();
  document.documentElement.dataset.ready = "yes";
  var timer = null;
  window.addEventListener("resize", function () { clearTimeout(timer); timer = setTimeout(function () { drawAll(current()); }, 150); });
  window.addEventListener("beforeprint", function () { drawAll(current(), 660); });
  window.addEventListener("afterprint", function () { drawAll(current()); });
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { drawAll(current()); });
}
window.addEventListener("hashchange", route);
route();
requestAnimationFrame(function () { setTimeout(start, 0); });
