/* Which page is shown: the part of the address behind #. */
const title = document.title;
let arrived = false;
function show(name) {
  const found = document.getElementById("page-" + name) || pages[0], own = found.id.replace("page-", "");
  pages.forEach(section => { section.hidden = section !== found; });
  document.body.dataset.page = own;
  document.querySelectorAll("nav a[data-page]").forEach(a => {
    if (a.dataset.page !== own) { a.removeAttribute("aria-current"); return; }
    a.setAttribute("aria-current", "page");
    document.title = a.textContent + " " + title;
  });
  return found;
}
function decoded(text) { try { return decodeURIComponent(text); } catch (_) { return text; } }
function route() {
  const [path, query] = location.hash.slice(1).split("?"), [name, ...rest] = path.split("/"), key = decoded(rest.join("/"));
  const anchor = name && !has(name) ? document.getElementById(decoded(name)) : null;
  const section = show(anchor ? (anchor.closest("section.page") || current() || pages[0]).id.replace("page-", "") : name || "home");
  if (!data) { return; }
  const draws = { village: villagePage, rules: rulesPage, problems: problemsPage, household: householdPage, engine: enginePage };
  const draw = draws[section.id.replace("page-", "")];
  if (draw) { draw(section, key, query); }
  drawAll(section);
  reachable(section);
  if (anchor) { anchor.scrollIntoView(); } else if (arrived) { arrive(section); }
  arrived = true;
}
/* Those who hear the page or use the keyboard go on where the new page begins. */
function arrive(section) {
  const start_ = section.querySelector(".detail h3") || section.querySelector("h2") || section;
  start_.setAttribute("tabindex", "-1");
  start_.focus({ preventScroll: true });
  window.scrollTo(0, 0);
}
/* What can be scrolled sideways can be reached by keyboard. */
function reachable(section) {
  section.querySelectorAll(".wide").forEach(place => {
    const wider = place.scrollWidth > place.clientWidth + 1;
    if (!wider) { place.removeAttribute("tabindex"); place.removeAttribute("role"); place.removeAttribute("aria-label"); return; }
    place.setAttribute("tabindex", "0");
    place.setAttribute("role", "group");
    place.setAttribute("aria-label", words.sideways);
  });
}
function countDown() {
  const today = new Date(), noon = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate());
  function left(day) { const p = day.split("-").map(Number); return p.length === 3 ? Math.round((Date.UTC(p[0], p[1] - 1, p[2]) - noon) / 86400000) : NaN; }
  const days = left(data.due), place = document.querySelector(".countdown");
  if (place && days >= 0) { place.textContent = say(words.days_left, { due: data.due, days }); place.hidden = false; }
  if (place && days < 0 && days > -60) { place.textContent = say(words.days_over, { due: data.due, days: -days }); place.hidden = false; }
  document.querySelectorAll("tr[data-day]").forEach(row => {
    const n = left(row.dataset.day);
    row.querySelector(".left").textContent = n === 0 ? words.today : n > 0 ? say(words.in_days, { days: n }) : words.past;
  });
}
function current() { return pages.find(section => !section.hidden); }
function unfold(open) {  /* paper has nothing to click on */
  current().querySelectorAll("details.fold").forEach(fold => {
    if (open) { fold.dataset.was = fold.open ? "open" : ""; fold.open = true; } else { fold.open = fold.dataset.was === "open"; }
  });
}
function printing(on) {
  unfold(on);
  const shown = ready[current().id.replace("page-", "")];
  const opened = shown && shown.detail && shown.detail.firstChild;      // then only what is open is printed
  if (shown && shown.paged && !opened) { shown.paged.print(on); }
  drawAll(current(), on ? 660 : undefined);
}
function start() {
  data = JSON.parse(document.getElementById("data").textContent);
  words = data.words;
  document.getElementById("too-old").remove();
  countDown();
  route();
  document.documentElement.dataset.ready = "yes";
  let timer = null;
  window.addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(() => { drawAll(current()); reachable(current()); }, 150); });
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  if (dark.addEventListener) { dark.addEventListener("change", () => drawAll(current())); }
}
window.addEventListener("hashchange", route);
route();
requestAnimationFrame(() => setTimeout(start, 0));
