/* The engine of pages that run, behind three functions:

     const engine = new tlbEngine(files)          files: {name: {address, bytes, sha256}}
     await engine.start((loaded, all) => ...)     load what is missing, check it, start Python
     await engine.run(code, (output) => ...)      run a cell; {done, memory}
     engine.stop()                                end Python, whatever it does; `start` begins anew

   Another engine takes its place by the same three. Files are fetched from this site only,
   compared with their SHA-256 before they are used, and kept by the browser (Cache Storage)
   under their address, of which the hash is a part. */
(() => {
  "use strict";
  const KEPT = "tlb-live";

  async function hash(bytes) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    return Array.from(digest, (one) => one.toString(16).padStart(2, "0")).join("");
  }

  /* Return the bytes of a file, from the browser or the site; refuse others than those meant. */
  async function fetched(file, told) {
    const kept = await caches.open(KEPT);
    const found = await kept.match(file.address);
    let bytes;
    if (found) bytes = new Uint8Array(await found.arrayBuffer());
    else {
      const answer = await fetch(file.address);
      if (!answer.ok) throw new Error(`${file.address} is not there (${answer.status})`);
      bytes = new Uint8Array(file.bytes);
      let at = 0;
      for (const reader = answer.body.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        if (at + value.length > bytes.length) throw new Error(`${file.address} is too long`);
        bytes.set(value, at);
        at += value.length;
        told(at);
      }
    }
    if (await hash(bytes) !== file.sha256) {
      await kept.delete(file.address);
      throw new Error(`${file.address} is not the file that this page means: it was not started`);
    }
    if (!found) await kept.put(file.address, new Response(bytes)).catch(() => {}); // no room: load it again
    told(file.bytes);
    return bytes;
  }

  const unzipped = (bytes) => new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));

  class Engine {
    #files; #module; #worker; #waiting;

    constructor(files) { this.#files = files; }

    async start(progress = () => {}) {
      const loaded = {}, all = Object.values(this.#files).reduce((sum, one) => sum + one.bytes, 0);
      const load = (name) => fetched(this.#files[name], (bytes) => {
        loaded[name] = bytes;
        progress(Object.values(loaded).reduce((a, b) => a + b, 0), all);
      });
      const whole = async (name) => new Response(unzipped(await load(name))).arrayBuffer();
      const module = async () => this.#module ??= await WebAssembly.compileStreaming(
        new Response(unzipped(await load("python")), { headers: { "Content-Type": "application/wasm" } }));
      const archives = ["matplotlib", "book", "signals"].filter((name) => name in this.#files);
      const [script, compiled, library, ...unpacked] = await Promise.all(
        [load("worker"), module(), load("library"), ...archives.map(whole)]);
      this.#forget();
      const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
      this.#worker = new Worker(address); // of a blob: the policy of this page holds in it
      URL.revokeObjectURL(address);
      const ready = this.#answer("ready");
      const files = { library: library.buffer };
      archives.forEach((name, i) => { files[name] = unpacked[i]; });
      this.#worker.postMessage({ start: { module: compiled, files } }, Object.values(files));
      await ready;
    }

    async run(code, shown = () => {}) {
      if (!this.#worker) throw new Error("Python is not started");
      const answer = this.#answer("memory", shown);
      this.#worker.postMessage({ run: code });
      return answer;
    }

    stop() {
      this.#worker?.terminate();
      this.#worker = undefined;
      this.#waiting?.(new Error("stopped"));
      this.#waiting = undefined;
    }

    /* Return a promise of the message with this key. */
    #answer(last, shown = () => {}) {
      const worker = this.#worker, heard = {};
      return new Promise((resolve, reject) => {
        this.#waiting = reject;
        worker.onerror = (event) => { reject(new Error(event.message)); this.stop(); };
        worker.onmessage = ({ data }) => {
          if (data.output) shown(data.output);
          else if (data.died) { reject(new Error(data.died)); this.stop(); }
          else Object.assign(heard, data);
          if (last in data) { this.#waiting = undefined; resolve(heard); }
        };
      });
    }

    /* Take the files of earlier editions, which differ in the hash alone, out of the browser. */
    async #forget() {
      const meant = Object.values(this.#files).map((one) => one.address);
      const name = (address) => address.replace(/-[0-9a-f]{16}\./, ".");
      const names = new Set(meant.map(name)), kept = await caches.open(KEPT);
      for (const { url } of await kept.keys())
        if (names.has(name(url)) && !meant.includes(url)) await kept.delete(url);
    }
  }

  globalThis.tlbEngine = Engine;
})();
