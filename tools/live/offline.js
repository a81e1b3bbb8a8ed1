/* Keeps the pages that were opened for a time without a network: a service worker.

   A page asks for it when its button is pressed. The network comes first, always; what was kept
   is shown where it does not answer. The engine's files are kept by engine.js. */
const KEPT = "tlb-pages";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (/\/_static\/live\/.*-[0-9a-f]{16}\./.test(address.pathname)) return;
  event.respondWith((async () => {
    const kept = await caches.open(KEPT);
    try {
      const answer = await fetch(request);
      if (answer.ok && answer.status === 200) event.waitUntil(kept.put(request, answer.clone()).catch(() => {}));
      return answer;
    } catch (error) {
      const found = await kept.match(request, { ignoreVary: true });
      if (found) return found;
      throw error;
    }
  })());
});
