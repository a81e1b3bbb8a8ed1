/* The language of the reader. A first visit with a Chinese browser leads to the Chinese page; then
   the choice made by the button in the header holds. A link to a Chinese page is never undone. */
(() => {
  "use strict";
  const twin = document.querySelector("link.tlb-twin");
  if (!twin) return;
  const KEY = "tlbook-language";
  const here = document.documentElement.lang.slice(0, 2);
  const there = twin.hreflang.slice(0, 2);
  let chosen = null;
  try { chosen = localStorage.getItem(KEY); } catch { return; } // a browser that keeps nothing
  const wanted = chosen || (navigator.language || "").slice(0, 2);
  if (here === "en" && wanted === there) {
    location.replace(twin.href + location.search + location.hash);
    return;
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("a.btn-language-button")) return;
    event.preventDefault(); // the theme's buttons open a new window
    localStorage.setItem(KEY, there);
    location.assign(twin.href + location.hash);
  });
})();
