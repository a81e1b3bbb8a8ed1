/* The engine's worker: CPython in WebAssembly, and below it a small system in memory.

   It takes {start: {module, files}} and {run: code}; it answers {ready}, {output}, {done} and
   {died}. It knows neither the page nor a network: its policy is that of the page, and Python
   sees only the functions of WASI. */
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "@bjorn3/browser_wasi_shim";

const LIBRARY = "/usr/local/lib/python315.zip";
const SETTINGS = [
  "HOME=/home", "TMPDIR=/tmp", "PYTHONPATH=/site", "PYTHONDONTWRITEBYTECODE=1", "PYTHONTZPATH=",
  "PYTHONHASHSEED=0", "MPLCONFIGDIR=/home", "MPLBACKEND=module://tlb_backend",
];
// Python started when the engine was made: it looks anew at the library, which `make live` trimmed
const BEGIN = `
import sys
for finder in list(sys.path_importer_cache.values()):
    getattr(finder, "invalidate_caches", id)()
sys.path.insert(0, "/site")
import tlb_session
`;
const encoder = new TextEncoder();
let python;

/* Put a file at a path of a tree of folders. */
function put(root, path, data) {
  const names = path.split("/").filter(Boolean);
  let folder = root;
  for (const name of names.slice(0, -1)) {
    if (!folder.has(name)) folder.set(name, new Directory(new Map()));
    folder = folder.get(name).contents;
  }
  folder.set(names.at(-1), new File(data));
}

/* Put the files of a tar archive, in the form of POSIX, into a tree of folders. */
function unpack(root, bytes) {
  const words = new TextDecoder();
  const text = (start, length) => words.decode(bytes.subarray(start, start + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= bytes.length && bytes[at];) {
    const size = parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 345, 155);
    const path = (prefix && `${prefix}/`) + text(at, 100);
    if (text(at + 156, 1) === "0") put(root, path, bytes.slice(at + 512, at + 512 + size));
    at += 512 * (1 + Math.ceil(size / 512));
  }
}

/* Return a file for output that calls `told` with each line. */
function lines(told) {
  const words = new TextDecoder();
  let held = "";
  return new ConsoleStdout((bytes) => {
    const parts = (held + words.decode(bytes, { stream: true })).split("\n");
    held = parts.pop();
    parts.forEach(told);
  });
}

/* One line of Python's: a record of tlb_session.py, or printed by other ways. */
function hear(line) {
  let record;
  try { record = JSON.parse(line); } catch { record = null; }
  if (record?.output_type) postMessage({ output: record });
  else if (record && "done" in record) postMessage({ done: record.done });
  else postMessage({ output: { output_type: "stream", name: "stdout", text: `${line}\n` } });
}

/* Run a line of Python; the engine knows it as one turn of a session. */
function turn(code) {
  const bytes = encoder.encode(code), { host_alloc, memory, turn } = python.exports;
  const at = host_alloc(bytes.length) >>> 0;
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  return turn(at, bytes.length);
}

async function start({ module, files }) {
  const root = new Map(["home", "tmp"].map((name) => [name, new Directory(new Map())]));
  const data = new Map();
  put(root, LIBRARY, new Uint8Array(files.library));
  unpack(data, new Uint8Array(files.matplotlib));
  for (const name of ["book", "signals"]) if (files[name]) unpack(root, new Uint8Array(files[name]));
  const words = [];
  const system = new WASI(["/usr/local/bin/python.wasm"], SETTINGS, [
    new OpenFile(new File([])), lines(hear), lines((line) => { words.push(line); hear(line); }),
    new PreopenDirectory("/", root),
    new PreopenDirectory(`${LIBRARY}/matplotlib/mpl-data`, data),
  ], { debug: false });
  python = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: system.wasiImport,
    host: { call: () => -1 }, // Python may ask nothing of the page
  });
  system.initialize(python);
  if (turn(BEGIN) !== 0)
    throw new Error(words.slice(-3).join(" ") || "Python does not start");
  postMessage({ ready: true });
}

onmessage = async ({ data }) => {
  try {
    if (data.start) await start(data.start);
    else {
      turn(`__import__("tlb_session").run(${JSON.stringify(data.run)})`);
      postMessage({ memory: python.exports.memory.buffer.byteLength });
    }
  } catch (error) {
    postMessage({ died: String(error) });
  }
};
