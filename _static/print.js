/* Paper is light: a page in the dark theme is printed in the light one. */
(() => {
  "use strict";
  const page = document.documentElement;
  let shown;
  addEventListener("beforeprint", () => {
    shown = page.dataset.theme;
    page.dataset.theme = "light";
  });
  addEventListener("afterprint", () => { page.dataset.theme = shown; });
})();
