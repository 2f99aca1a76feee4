// Keeps the page for when there is no network: all its files, of one version at a time.
const VERSION = "__VERSION__";
const FILES = ["__FILES__"];

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(VERSION)
      .then((cache) => cache.addAll(FILES))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  const others = (names) => names.filter((name) => name.startsWith("edgepost-") && name !== VERSION);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(others(names).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  const { method, url, mode, destination } = event.request;
  if (method !== "GET" || new URL(url).origin !== location.origin) return;
  // What stands beside the page is there now, or is not; it is no part of what is kept.
  if (url === new URL("./live.json", location).href)
    return event.respondWith(fetch(event.request).catch(() => Response.json(null)));
  // What is shown in a frame is a file of its own.
  const wanted = mode === "navigate" && destination === "document" ? "./" : event.request;
  event.respondWith(
    caches
      .open(VERSION)
      .then((cache) => cache.match(wanted, { ignoreSearch: true }))
      .then((kept) => kept ?? fetch(event.request)),
  );
});
