"use strict";
(function () {
  var places = Array.prototype.slice.call(document.querySelectorAll("details[data-village]"));
  function openTarget() {
    var place = document.getElementById(location.hash.slice(1));
    if (place && place.tagName === "DETAILS") { place.open = true; place.scrollIntoView(); }
  }
  window.addEventListener("hashchange", openTarget);
  openTarget();
  window.addEventListener("beforeprint", function () { places.forEach(function (place) { place.open = true; }); });
  var box = document.getElementById("filter");
  if (!box) { return; }
  box.closest(".filter").hidden = false;
  var rows = places.map(function (place) {
    return Array.prototype.map.call(place.querySelectorAll("tbody tr"), function (row) {
      return [row, (place.dataset.village + " " + row.textContent).toLowerCase()];
    });
  });
  box.addEventListener("input", function () {
    var words = box.value.toLowerCase().split(/\s+/).filter(Boolean), found = 0;
    places.forEach(function (place, number) {
      var here = 0;
      rows[number].forEach(function (pair) {
        var fits = words.every(function (word) { return pair[1].indexOf(word) >= 0; });
        pair[0].hidden = !fits;
        here += fits ? 1 : 0;
      });
      place.hidden = here === 0;
      place.open = words.length > 0 && here > 0;
      found += here;
    });
    document.getElementById("none").hidden = found > 0;
  });
})();
